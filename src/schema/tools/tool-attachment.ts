import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { attachTool } from '../../services/tools/attach-tool.ts';
import { detachTool } from '../../services/tools/detach-tool.ts';
import { setToolApproval } from '../../services/tools/set-tool-approval.ts';
import { MAX_TOOLS } from '../../services/tools/tool.ts';
import { attachmentMutation } from '../agents/attachment.ts';

attachmentMutation('Tool', 'attachTool', {
  description: `Gives the agent the tool too, for runs that start later. Nothing changes if the agent has it. InvalidInputError if the agent has ${MAX_TOOLS} tools.`,
  payload: 'The agent has the tool.',
  input: 'Which tool to which agent.',
  errors: [NotFoundError, InvalidInputError],
  change: attachTool,
});

attachmentMutation('Tool', 'detachTool', {
  description:
    'Takes the tool from the agent, for runs that start later; the tool itself stays. What `setToolApproval` said of it is forgotten. NotFoundError if the agent does not have it.',
  payload: 'The agent no longer has the tool.',
  input: 'Which tool from which agent.',
  errors: [NotFoundError],
  change: detachTool,
});

attachmentMutation('Tool', 'setToolApproval', {
  description:
    'Decides for one agent whether calls of a tool, also of a built-in one, wait for an approval. Approval that is asked for while a run works holds for every call that the server has not begun; anything else for runs that start later. NotFoundError if the agent does not have it.',
  payload: "It holds for the agent's calls from now on; those that wait already go on waiting.",
  input: 'Which tool of which agent, and what holds.',
  inputFields: (t) => ({
    requiresApproval: t.boolean({ description: 'Above what the tool says. Null, or left out: as the tool says.' }),
  }),
  errors: [NotFoundError],
  change: setToolApproval,
});
