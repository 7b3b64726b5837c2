/** What the page knows of OpenAPI: as much as the server's own description has. Pure. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  additionalProperties?: Schema | boolean;
  example?: unknown;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  description?: string;
  required?: boolean;
  schema: Schema;
}

interface Content {
  schema?: Schema;
}

export interface Answer {
  $ref?: string;
  description?: string;
  content?: Record<string, Content>;
}

interface RawOperation {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Content>; description?: string };
  responses: Record<string, Answer>;
  security?: Record<string, string[]>[];
}

export interface Description {
  info: { title: string; version: string; description?: string };
  security?: Record<string, string[]>[];
  paths: Record<string, Record<string, RawOperation>>;
  components: {
    schemas: Record<string, Schema>;
    responses?: Record<string, Answer>;
    securitySchemes?: Record<string, { description?: string }>;
  };
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  group: string;
  parameters: Parameter[];
  /** The content types that it takes; the first is offered. */
  bodies: [type: string, schema: Schema][];
  answers: [status: string, answer: Answer][];
  /** The names of the credentials of which each is enough; empty for everybody. */
  credentials: string[];
}

/** All of them, by their groups; the chat, which widgets speak, at the end. */
export function operations(description: Description): Operation[] {
  const all = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => operation(description, path, method, raw)),
  );
  const order = (one: Operation) => (one.group === 'chat' ? 1 : 0);
  return all.sort((a, b) => order(a) - order(b) || a.group.localeCompare(b.group) || a.path.localeCompare(b.path));
}

function operation(description: Description, path: string, method: string, raw: RawOperation): Operation {
  const ways = raw.security ?? description.security ?? [];
  return {
    id: raw.operationId,
    method: method.toUpperCase(),
    path,
    summary: raw.summary ?? '',
    group: raw.tags?.[0] ?? '',
    parameters: raw.parameters ?? [],
    bodies: Object.entries(raw.requestBody?.content ?? {}).map(([type, { schema }]) => [type, schema ?? {}]),
    answers: Object.entries(raw.responses)
      .map(([status, answer]): [string, Answer] => [status, resolveAnswer(description, answer)])
      .sort(([a], [b]) => a.localeCompare(b)),
    credentials: ways.flatMap((way) => Object.keys(way)),
  };
}

function resolveAnswer(description: Description, answer: Answer): Answer {
  const name = answer.$ref?.split('/').pop();
  return (name && description.components.responses?.[name]) || answer;
}

/** The schema that a reference names, and its name. */
export function resolve(description: Description, schema: Schema): { schema: Schema; name: string | null } {
  const name = schema.$ref?.split('/').pop();
  if (!name) return { schema, name: null };
  return { schema: description.components.schemas[name] ?? {}, name };
}

/** What may stand there, in a few words: `integer, 1 to 200`. */
export function summaryOf(description: Description, schema: Schema): string {
  const { schema: known, name } = resolve(description, schema);
  if (name && !known.enum) return name;
  if (known.oneOf) return known.oneOf.map((one) => summaryOf(description, one)).join(' or ');
  const types = [known.type ?? 'any'].flat();
  const words = types.map((type) => (type === 'array' && known.items ? `list of ${summaryOf(description, known.items)}` : type));
  const notes = [words.join(' or ')];
  if (known.format && !known.format.startsWith('int')) notes.push(known.format);
  if (known.enum) notes.push(known.enum.filter((value) => value !== null).join(' | '));
  notes.push(...limits(known));
  return notes.join(', ');
}

function limits(schema: Schema): string[] {
  const range = (from: number | undefined, to: number | undefined, what: string) => {
    if (from !== undefined && to !== undefined) return [`${from} to ${to}${what}`];
    if (to !== undefined) return [`at most ${to}${what}`];
    return from !== undefined && from !== 0 ? [`at least ${from}${what}`] : [];
  };
  const choices = /^\^\(([\w|]+)\)\$$/.exec(schema.pattern ?? '')?.[1];
  return [
    ...range(schema.minimum, schema.maximum, ''),
    ...range(schema.minLength, schema.maxLength, ' characters'),
    ...range(schema.minItems, schema.maxItems, ' entries'),
    ...(choices ? [choices.replaceAll('|', ' | ')] : []),
  ];
}

/** What a body may look like: its own example, or one made of its required fields. */
export function exampleOf(description: Description, schema: Schema, depth = 0): unknown {
  const { schema: known } = resolve(description, schema);
  if (known.example !== undefined) return known.example;
  if (known.oneOf?.[0]) return exampleOf(description, known.oneOf[0], depth);
  if (known.enum) return known.enum[0];
  const type = [known.type ?? 'object'].flat()[0];
  if (type === 'array') return known.items && depth < 4 ? [exampleOf(description, known.items, depth + 1)] : [];
  if (type === 'integer' || type === 'number') return known.minimum ?? 1;
  if (type === 'boolean') return true;
  if (type === 'string') return '';
  const required = Object.entries(known.properties ?? {}).filter(([name]) => known.required?.includes(name));
  return Object.fromEntries(required.map(([name, inner]) => [name, depth < 4 ? exampleOf(description, inner, depth + 1) : null]));
}

/** The address with what was filled in. Query parameters that are empty are left out. */
export function addressOf(operation: Operation, values: Record<string, string>): string {
  let path = operation.path;
  const query = new URLSearchParams();
  for (const { name, in: place } of operation.parameters) {
    const value = values[name]?.trim() ?? '';
    if (place === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value));
    if (place === 'query' && value) query.set(name, value);
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

/** The same as a command, for the terminal; a session's cookie cannot be read here, so a token stands in its place. */
export function curlOf(origin: string, method: string, address: string, headers: Record<string, string>, body: string | null): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const lines = [`curl -X ${method} ${quote(origin + address)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`  -H ${quote(`${name}: ${value}`)}`);
  if (body !== null) lines.push(`  -d ${quote(body)}`);
  return lines.join(' \\\n');
}
