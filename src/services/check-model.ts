import { InvalidInputError } from '../errors.ts';
import type { Models } from '../llm/registry.ts';
import { quoteHandle } from '../model-name.ts';

/** Returns the full handle of a configured model, or throws InvalidInputError. `path` is where the input names it. */
export function checkModel(models: Models, handle: string, path = ['model']): string {
  const model = models.resolve(handle);
  if (model) return model.handle;
  const known = models.list().map((one) => one.handle);
  throw new InvalidInputError([
    {
      path,
      message: `There is no model ${quoteHandle(handle)}. Configured: ${known.slice(0, 20).join(', ')}`,
    },
  ]);
}
