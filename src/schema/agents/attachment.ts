import type { InvalidInputError, NotFoundError } from '../../errors.ts';
import type { Deps, Viewer } from '../../services/deps.ts';
import { builder } from '../builder.ts';
import { rowField } from '../payload.ts';
import { uncapitalize } from '../rows.ts';

type Part = 'Block' | 'Tool';
type InputFields = PothosSchemaTypes.InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>;

/** An agent, and a block or a tool that it has, or is to have. */
type Pair<P extends Part> = { [key in 'agentId' | `${Uncapitalize<P>}Id`]: string };

interface AttachmentMutation<P extends Part> {
  description: string;
  payload: string;
  input: string;
  /** What else the input has. */
  inputFields?(t: InputFields): { requiresApproval: ReturnType<InputFields['boolean']> };
  errors: (typeof NotFoundError | typeof InvalidInputError)[];
  change(deps: Deps, viewer: Viewer, input: Pair<P>): Promise<void>;
}

/** A mutation on a pair of an agent and a block or tool. Its payload shows both. */
export function attachmentMutation<P extends Part>(part: P, name: string, mutation: AttachmentMutation<P>): void {
  const { description, payload, input: inputDescription, inputFields, errors, change } = mutation;
  const partName = uncapitalize<Part>(part);
  const partId = `${partName}Id` as const;

  const Payload = builder.objectRef<Pair<Part>>(`${name.charAt(0).toUpperCase()}${name.slice(1)}Payload`).implement({
    description: payload,
    fields: (t) => ({
      agent: rowField(t, 'Agent', ({ agentId }) => agentId, undefined, true),
      [partName]: rowField(t, part, (pair) => pair[partId], undefined, true),
    }),
  });

  builder.mutationField(name, (t) =>
    t.fieldWithInput({
      description,
      type: Payload,
      errors: { types: errors },
      typeOptions: { description: inputDescription },
      input: {
        agentId: t.input.id({ required: true, description: 'agent-…' }),
        [partId]: t.input.id({ required: true, description: `${partName}-…` }),
        ...inputFields?.(t.input),
      },
      resolve: async (_root, { input }, { deps, viewer }) => {
        await change(deps, viewer, input as unknown as Pair<P>);
        return input as unknown as Pair<Part>;
      },
    }),
  );
}
