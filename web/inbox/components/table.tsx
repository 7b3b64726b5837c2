/** Rows of the same kind. On a phone each row is a block with the columns' names in it. */

import type { ComponentChildren, Key } from 'preact';

export interface Column<Row> {
  /** Stands above the column; empty for one of buttons. */
  title: string;
  cell(row: Row): ComponentChildren;
  /** For numbers and buttons. */
  align?: 'start' | 'end';
}

export interface TableProps<Row> {
  /** What the rows are, for those who cannot see the page. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey(row: Row): Key;
}

export function Table<Row>({ caption, columns, rows, rowKey }: TableProps<Row>) {
  return (
    <div class="table-frame">
      <table class="table">
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, align }, index) => (
              <th key={index} scope="col" class={align === 'end' ? 'table__end' : undefined}>
                {title || <span class="visually-hidden">{caption}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ title, cell, align }, index) => (
                <td key={index} class={align === 'end' ? 'table__end' : undefined} data-title={title}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
