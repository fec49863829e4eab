import { parseExactly } from '../../agent/exact-json.ts';

export interface ChatTool {
  function: { name: string; parameters?: unknown };
}

export interface ToolChoice {
  name: string;
  /** JSON */
  arguments: string;
}

/** `tool_choice`, as a client of the API writes it. */
export type ChatToolChoice = 'none' | 'auto' | 'required' | { function: { name: string } };

/** The part of JSON schema that made-up arguments heed. */
interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
}

/** The tools that the wish names ("use the weather tool", "call add with {…}"), with arguments from the wish or the schema. */
export function chooseTools(wish: string, tools: ChatTool[]): ToolChoice[] | undefined {
  const named = tools.filter(({ function: { name } }) => isNamed(name, wish));
  if (named.length === 0) return undefined;
  const given = named.length === 1 ? jsonIn(wish) : undefined;
  return named.map((tool) => callOf(tool, wish, given));
}

/** The call that the client demands: of the tool that it names, else of one that the wish names, else of the first one. */
export function demandedTool(choice: ChatToolChoice | undefined, wish: string, tools: ChatTool[]) {
  if (choice === undefined || choice === 'auto' || choice === 'none') return undefined;
  const able = choice === 'required' ? tools : tools.filter((tool) => tool.function.name === choice.function.name);
  return chooseTools(wish, able)?.slice(0, 1) ?? able.slice(0, 1).map((tool) => callOf(tool, wish));
}

function callOf({ function: { name, parameters } }: ChatTool, wish: string, given?: unknown): ToolChoice {
  const value = given ?? makeValue({ type: 'object', ...(parameters as Schema) }, wish);
  return { name, arguments: JSON.stringify(value) };
}

function isNamed(name: string, wish: string): boolean {
  const exact = `(?<![\\w-])${name.replace(/\W/g, '\\$&')}(?![\\w-])`;
  return new RegExp(exact).test(wish) || new RegExp(`\\b(use|call|run|invoke|try) (the |my )?${exact}`, 'i').test(wish);
}

/** The longest JSON object that begins at the first brace. */
function jsonIn(wish: string): unknown {
  const start = wish.indexOf('{');
  if (start === -1) return undefined;
  let end = wish.lastIndexOf('}');
  for (let tries = 0; end > start && tries < 20; tries++, end = wish.lastIndexOf('}', end - 1)) {
    try {
      return parseExactly(wish.slice(start, end + 1));
    } catch {
      // ends at some other brace
    }
  }
  return undefined;
}

function makeValue(schema: Schema, wish: string): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum.find((value) => wish.split(/[^\w-]+/).includes(String(value))) ?? schema.enum[0];
  if (schema.anyOf?.[0]) return makeValue(schema.anyOf[0], wish);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object': {
      const properties = schema.properties ?? {};
      const names = schema.required ?? Object.keys(properties);
      return Object.fromEntries(names.map((name) => [name, makeValue(properties[name] ?? {}, wish)]));
    }
    case 'array':
      return schema.items ? [makeValue(schema.items, wish)] : [];
    case 'integer':
    case 'number':
      return Number(/\d+/.exec(wish)?.[0] ?? schema.minimum ?? 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return /["“'`]([^"”'`]+)["”'`]/.exec(wish)?.[1] ?? wish;
  }
}
