/** The fields of a shape; those of another shape within it are opened when they are wanted. */

import { resolve, summaryOf, type Description, type Schema } from '../description.ts';
import { Words } from './operation-view.tsx';

export interface SchemaViewProps {
  description: Description;
  schema: Schema;
}

export function SchemaView({ description, schema }: SchemaViewProps) {
  const { schema: known } = resolve(description, schema);
  const fields = Object.entries(known.properties ?? {});
  if (fields.length === 0) return <p class="facts__type">{summaryOf(description, schema)}</p>;
  return (
    <dl class="facts">
      {fields.map(([name, field]) => {
        const inner = shapeWithin(description, field);
        return (
          <div key={name}>
            <dt>
              <code>{name}</code>
              {known.required?.includes(name) && <span class="facts__required">required</span>}
            </dt>
            <dd>
              <span class="facts__type">{summaryOf(description, field)}</span>
              {field.description && <Words text={field.description} />}
              {inner && (
                <details class="facts__inner">
                  <summary>Fields of {resolve(description, inner).name}</summary>
                  <SchemaView description={description} schema={inner} />
                </details>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

/** The named shape that a field holds, by itself, in a list, or as one of several. */
function shapeWithin(description: Description, schema: Schema): Schema | null {
  const candidates = [schema, schema.items, ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const found = candidates.find((one) => one?.$ref && resolve(description, one).schema.properties);
  return found ?? null;
}
