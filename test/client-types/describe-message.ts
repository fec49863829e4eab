import type { DescribedMessageFragment } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';

graphql(`
  fragment DescribedMessage on Message {
    __typename
    id
    ... on SystemMessage {
      text
    }
    ... on UserMessage {
      name
      content {
        __typename
        ... on TextPart {
          text
        }
        ... on ImagePart {
          url
          mediaType
        }
      }
    }
    ... on AssistantMessage {
      text
      isPartial
    }
    ... on ReasoningMessage {
      text
    }
    ... on HiddenReasoningMessage {
      state
    }
    ... on SummaryMessage {
      summary
    }
    ... on ToolCallMessage {
      toolCalls {
        name
        argumentsText
      }
    }
    ... on ApprovalRequestMessage {
      toolCalls {
        name
        argumentsText
      }
    }
    ... on ApprovalResponseMessage {
      toolCalls {
        name
        decision {
          approved
        }
      }
    }
    ... on ToolReturnMessage {
      toolCalls {
        name
        status
        result
      }
    }
  }
`);

/** One line of a transcript; nothing for a message of a kind that came after this client. */
export function describeMessage(message: DescribedMessageFragment): string {
  switch (message.__typename) {
    case 'SystemMessage':
      return `system: ${message.text}`;
    case 'UserMessage':
      return `${message.name ?? 'user'}: ${message.content.map(describePart).join('\n')}`;
    case 'AssistantMessage':
      return `assistant: ${message.text}${message.isPartial ? ' …' : ''}`;
    case 'ReasoningMessage':
      return `thinks: ${message.text}`;
    case 'HiddenReasoningMessage':
      return `thinks (${message.state.toLowerCase()})`;
    case 'SummaryMessage':
      return `before: ${message.summary}`;
    case 'ToolCallMessage':
      return message.toolCalls.map((call) => `calls ${call.name}(${call.argumentsText})`).join('\n');
    case 'ApprovalRequestMessage':
      return message.toolCalls.map((call) => `may it call ${call.name}(${call.argumentsText})?`).join('\n');
    case 'ApprovalResponseMessage':
      return message.toolCalls
        .map(({ name, decision }) => `${name}: ${decision ? (decision.approved ? 'yes' : 'no') : 'done'}`)
        .join('\n');
    case 'ToolReturnMessage':
      return message.toolCalls.map((call) => `${call.name} ${call.status}: ${call.result ?? ''}`).join('\n');
    default:
      message satisfies never;
      return '';
  }
}

type Part = Extract<DescribedMessageFragment, { __typename: 'UserMessage' }>['content'][number];

function describePart(part: Part): string {
  switch (part.__typename) {
    case 'TextPart':
      return part.text;
    case 'ImagePart':
      return `[${part.mediaType ?? 'image'} ${part.url ?? 'sent'}]`;
    default:
      part satisfies never;
      return '';
  }
}
