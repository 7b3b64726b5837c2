/** The endpoints of reports. What each figure means stands in docs/reports.md. */

import { ApiError, DEFAULT_TIMEOUT_MS, type ApiClient } from '../shared/api.ts';
import { reportParts, type ReportQuery } from './state/report-query.ts';

/** In whole seconds; null where nothing was measured. */
export interface Waits {
  count: number;
  mean_seconds: number | null;
  median_seconds: number | null;
  p90_seconds: number | null;
}

export interface Figures {
  new_conversations: number;
  /** Null by label. */
  messages_received: number | null;
  messages_sent: number | null;
  closed: number;
  reopened: number;
  first_response: Waits;
  resolution: Waits;
  csat: {
    ratings: number;
    /** From 1 to 5. */
    score: number | null;
    satisfied: number;
    scores: number[];
    /** From 0 to 1. */
    answer_rate: number | null;
  };
}

export interface Overview {
  figures: Figures;
  previous_figures: Figures;
}

export interface Point {
  starts_at: string;
  /** `YYYY-MM-DD`. */
  date: string;
  hour: number | null;
  figures: Figures;
}

export const GROUPINGS = ['agent', 'widget', 'team', 'label'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface GroupRow {
  /** Null: what belongs to none. */
  id: number | null;
  name: string | null;
  figures: Figures;
}

export interface RatedConversation {
  conversation_id: number;
  visitor_name: string | null;
  widget: { id: number; name: string };
  agent: { id: number; name: string } | null;
  score: number;
  comment: string | null;
  at: string;
}

export interface RatingPage {
  ratings: RatedConversation[];
  next: string | null;
}

/** What can be kept as a file. */
export type ReportFile = 'overview' | 'series' | 'csat' | `by/${Grouping}`;

/** A report of a year takes the server a moment. */
const REPORT_MS = 30_000;
const RATINGS = 20;

export class ReportsApi {
  constructor(private readonly http: ApiClient) {}

  overview(query: ReportQuery): Promise<Overview> {
    return this.get('overview', query);
  }

  async series(query: ReportQuery): Promise<Point[]> {
    return (await this.get<{ points: Point[] }>('series', query)).points;
  }

  async by(grouping: Grouping, query: ReportQuery): Promise<GroupRow[]> {
    return (await this.get<{ rows: GroupRow[] }>(`by/${grouping}`, query)).rows;
  }

  /** The newest, or those behind a cursor. */
  ratings(query: ReportQuery, cursor: string | null): Promise<RatingPage> {
    return this.get('csat', query, { cursor, limit: RATINGS });
  }

  /** The same as a table for a spreadsheet. */
  async file(report: ReportFile, query: ReportQuery): Promise<{ name: string; table: Blob }> {
    const address = `/api/v1/reports/${report}?${new URLSearchParams(partsOf(report, query))}`;
    const signal = AbortSignal.timeout(Math.max(REPORT_MS, DEFAULT_TIMEOUT_MS));
    let answer: Response;
    try {
      answer = await fetch(address, { headers: { Accept: 'text/csv' }, credentials: 'same-origin', cache: 'no-store', signal });
    } catch {
      throw new ApiError('network', 'The server could not be reached.');
    }
    if (!answer.ok) throw new ApiError('http', `The server answered ${answer.status}.`, { status: answer.status });
    const name = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1];
    return { name: name ?? 'report.csv', table: await answer.blob() };
  }

  private get<T>(report: ReportFile, query: ReportQuery, more: Record<string, string | number | null> = {}): Promise<T> {
    return this.http.get<T>(`/api/v1/reports/${report}`, { query: { ...partsOf(report, query), ...more }, timeoutMs: REPORT_MS });
  }
}

function partsOf(report: ReportFile, query: ReportQuery): Record<string, string> {
  const { interval, ...parts } = reportParts(query);
  return report === 'series' && interval ? { ...parts, interval } : parts;
}
