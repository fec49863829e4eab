/**
 * What runs on the embedded database too where PostgreSQL runs every test: the log, what SQL, time zones and text search can
 * change, and one pass over each noun of the API. Without PostgreSQL every test runs on the embedded database.
 */
export const EMBEDDED_PASS = [
  'test/events/**/*.test.ts',
  'test/api/agents/{agents,follow-default,time-zones}.test.ts',
  'test/api/approvals/approvals.test.ts',
  'test/api/blocks/{blocks,blocks-concurrency,conversation-search,memory-tools}.test.ts',
  'test/api/compaction/{compaction,compaction-waiting}.test.ts',
  'test/api/conversations/{conversations,conversation-updates,fork-conversation}.test.ts',
  'test/api/events/{delta-retention,event-source,resume}.test.ts',
  'test/api/json/*.test.ts',
  'test/api/lists/{lists,list-filters,nodes}.test.ts',
  'test/api/messages/{images,messages,send}.test.ts',
  'test/api/providers/{refused-content,texts}.test.ts',
  'test/api/runs/{callbacks,cancel,overlap,run-keeps}.test.ts',
  'test/api/tools/{client-tools,exact-arguments,tools}.test.ts',
  'test/api/visibility/deleted-keys.test.ts',
];
