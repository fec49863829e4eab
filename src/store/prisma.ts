import { PrismaClient } from './generated/client.ts';

type Adapter = ConstructorParameters<typeof PrismaClient>[0]['adapter'];

/** The one place that configures Prisma, whatever the driver. */
export function createPrisma(adapter: NonNullable<Adapter>): PrismaClient {
  // A transaction may wait for a connection and for a lock, and is over before a lease of the default length passes.
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 9000, timeout: 12_000 } });
}
