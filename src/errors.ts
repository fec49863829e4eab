/** A failure that callers are expected to handle: its message is fit for a user, its code is stable. */
export abstract class DomainError extends Error {
  abstract readonly code: string;
}

/** Missing, deleted and another tenant's are one and the same. */
export class NotFoundError extends DomainError {
  override name = 'NotFoundError';
  readonly code = 'NOT_FOUND';
  readonly missingId: string;

  constructor(missingId: string) {
    super(`There is nothing with the id ${JSON.stringify(missingId.slice(0, 100))}`);
    this.missingId = missingId;
  }
}

export interface InputIssue {
  path: string[];
  message: string;
}

/** Names every problem of the input at once; nothing was written. */
export class InvalidInputError extends DomainError {
  override name = 'InvalidInputError';
  readonly code = 'INVALID_INPUT';
  readonly issues: InputIssue[];

  constructor(issues: InputIssue[]) {
    super(issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; '));
    this.issues = issues;
  }
}

export class ConversationBusyError extends DomainError {
  override name = 'ConversationBusyError';
  readonly code = 'CONVERSATION_BUSY';
  readonly runId: string;

  constructor(runId: string) {
    super(
      'This conversation already has a run that has not ended. Wait for it, cancel it, or, where there is one, choose another onBusy.',
    );
    this.runId = runId;
  }
}

export class PendingApprovalError extends DomainError {
  override name = 'PendingApprovalError';
  readonly code = 'PENDING_APPROVAL';
  readonly runId: string;

  constructor(runId: string) {
    super(
      'A run of this conversation waits for decisions on its tool calls. Decide them, cancel the run, or send with onBusy INTERRUPT.',
    );
    this.runId = runId;
  }
}

/** Somebody else was first, or the run had ended. */
export class AlreadyDecidedError extends DomainError {
  override name = 'AlreadyDecidedError';
  readonly code = 'ALREADY_DECIDED';
  readonly toolCallIds: string[];

  constructor(toolCallIds: string[]) {
    super('Some of these calls were decided otherwise, or their run has ended. Nothing was written; read them again.');
    this.toolCallIds = toolCallIds;
  }
}

export class IdempotencyConflictError extends DomainError {
  override name = 'IdempotencyConflictError';
  readonly code = 'IDEMPOTENCY_CONFLICT';
  readonly runId: string;

  constructor(runId: string) {
    super('This idempotency key was used for a message with other content. Nothing was written; use a new key.');
    this.runId = runId;
  }
}

export class NoActiveRunsError extends DomainError {
  override name = 'NoActiveRunsError';
  readonly code = 'NO_ACTIVE_RUNS';

  constructor() {
    super('Every run of this conversation has ended: there is nothing to cancel.');
  }
}

export class NothingToCompactError extends DomainError {
  override name = 'NothingToCompactError';
  readonly code = 'NOTHING_TO_COMPACT';

  constructor() {
    super(
      'The context holds only the system prompt, summaries, and what a waiting run needs: there is nothing to compact.',
    );
  }
}

/** The context is as it was. */
export class CompactionFailedError extends DomainError {
  override name = 'CompactionFailedError';
  readonly code = 'COMPACTION_FAILED';
  readonly messagesBefore: number;
  readonly messagesAfter: number | null;

  constructor(message: string, messagesBefore: number, messagesAfter: number | null = null) {
    super(message);
    this.messagesBefore = messagesBefore;
    this.messagesAfter = messagesAfter;
  }
}

/** Compare-and-set failed: somebody else was first. */
export class VersionConflictError extends DomainError {
  override name = 'VersionConflictError';
  readonly code = 'VERSION_CONFLICT';
  readonly currentVersion: number;

  constructor(expectedVersion: number, currentVersion: number) {
    super(
      `It was changed meanwhile: the version is ${currentVersion}, not ${expectedVersion}. Read it again, and decide anew.`,
    );
    this.currentVersion = currentVersion;
  }
}

/** A cursor that this server did not make for this list or log, or that lies beyond its end. */
export class InvalidCursorError extends DomainError {
  override name = 'InvalidCursorError';
  readonly code = 'INVALID_CURSOR';

  constructor() {
    super('This cursor is malformed, or belongs elsewhere. Read again without it.');
  }
}
