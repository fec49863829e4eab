import type { Deps } from '../deps.ts';

/** In base64, by id: those of the images that the organization has. */
export async function loadImages(
  { db }: Pick<Deps, 'db'>,
  organizationId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const images = await db.image.findMany({
    where: { organizationId, id: { in: [...ids] } },
    select: { id: true, data: true },
  });
  return new Map(images.map(({ id, data }) => [id, Buffer.from(data).toString('base64')]));
}
