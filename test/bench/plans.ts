import { escapeLiteral, type Client } from 'pg';

interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

/** What a statement did to be answered. */
export interface PlanFigures {
  buffers: number;
  /** Read for nothing. */
  filtered: number;
  sorts: number;
  /** By each scan that ran. */
  scanned: number[];
}

/** Made for the values, or for all values of a prepared statement. */
export type PlanMode = 'custom' | 'generic';

interface Statement {
  text: string;
  values: unknown[];
}

export async function measurePlan(client: Client, statement: Statement, mode: PlanMode): Promise<PlanFigures> {
  const [row] = await explain<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(client, statement, mode, 'JSON');
  if (!row) throw new Error('There is no plan');
  const root = row['QUERY PLAN'][0].Plan;
  const nodes = nodesOf(root);
  return {
    buffers: root['Shared Hit Blocks'] + root['Shared Read Blocks'],
    filtered: sum(nodes.map((node) => removed(node) * node['Actual Loops'])),
    sorts: nodes.filter((node) => node['Node Type'].includes('Sort')).length,
    scanned: nodes
      .filter((node) => node['Node Type'].includes('Scan') && node['Node Type'] !== 'Subquery Scan')
      .filter((node) => node['Actual Loops'] > 0)
      .map((node) => (node['Actual Rows'] + removed(node)) * node['Actual Loops']),
  };
}

export async function printPlan(client: Client, statement: Statement, mode: PlanMode): Promise<string> {
  const rows = await explain<{ 'QUERY PLAN': string }>(client, statement, mode, 'TEXT');
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

/** As a prepared statement, since the kind of its plan can be chosen. */
async function explain<Row>(
  client: Client,
  { text, values }: Statement,
  mode: PlanMode,
  format: 'JSON' | 'TEXT',
): Promise<Row[]> {
  await client.query(`SET plan_cache_mode = force_${mode}_plan; PREPARE explained AS ${text}`);
  try {
    const { rows } = await client.query(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT ${format}) EXECUTE explained(${values.map(literal).join(', ')})`,
    );
    return rows as Row[];
  } finally {
    await client.query('DEALLOCATE explained; RESET plan_cache_mode');
  }
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

function removed(node: PlanNode): number {
  return (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
}

function literal(value: unknown): string {
  return value === null ? 'NULL' : escapeLiteral(String(value));
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
