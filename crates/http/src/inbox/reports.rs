//! `/api/v1/reports/*`: figures of a period, as JSON, or as CSV to whoever says `Accept: text/csv`.

mod csv;
mod figures;

use crate::error::ApiError;
use crate::extract::{Agent, QueryFields};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{RatedConversation, ReportGroup, ReportOverview, ReportRequest};
use antiphon_domain::{
    AgentId, ConversationId, Figures, ReportBucket, ReportDay, ReportGrouping, ReportInterval,
    ReportPeriod, ReportSpan, TeamId, Timestamp, WidgetId, Zone,
};
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use csv::{Cell, Csv};
use figures::{FIGURES, FiguresJson, figures_cells, figures_json};
use serde_json::{Value, json};

/// Ratings in a page unless asked otherwise.
const PAGE: u32 = 50;

/// What every report is asked by.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its description is used")]
struct RequestParams {
    /// The first day
    #[param(pattern = r"^\d{4}-\d{2}-\d{2}$", example = "2026-03-23")]
    from: String,
    /// The last day, at most 366 with the first
    #[param(pattern = r"^\d{4}-\d{2}-\d{2}$", example = "2026-03-29")]
    to: String,
    /// The time zone of the days, such as `Europe/Madrid`; UTC unless given
    #[param(max_length = 40)]
    zone: Option<String>,
    /// Whether waits are measured around the clock, as they are unless asked otherwise, or in the business hours of the widget
    #[param(pattern = "^(always|business)$")]
    hours: Option<String>,
    /// Only of this widget
    #[param(minimum = 1)]
    widget_id: Option<i64>,
    /// Only of this team
    #[param(minimum = 1)]
    team_id: Option<i64>,
    /// Only of this agent; of others than oneself, for administrators only
    #[param(minimum = 1)]
    agent_id: Option<i64>,
}

shape! {
    /// The days that a report is of.
    #[schema(as = ReportPeriod)]
    PeriodJson {
        /// The first day.
        from: String,
        /// The last day.
        to: String,
        /// The time zone of the days.
        zone: String,
        starts_at: String,
        /// The first moment after it.
        ends_at: String,
    }
}

shape! {
    /// The time that a report is compared with: as many days before, and of a period that is not over as much of it.
    #[schema(as = PreviousPeriod)]
    PreviousJson { starts_at: String, ends_at: String }
}

shape! {
    /// The figures of a period, and of the one before.
    OverviewAnswer { period: PeriodJson, figures: FiguresJson, previous: PreviousJson, previous_figures: FiguresJson }
}

shape! {
    /// A day or an hour.
    #[schema(as = ReportPoint)]
    PointJson {
        starts_at: String,
        date: String,
        /// What the clock shows, 0 to 23, of an hour. Where the clock is put back, one comes twice.
        hour: Option<i8>,
        figures: FiguresJson,
    }
}

shape! {
    /// The figures day by day, or hour by hour.
    SeriesAnswer { period: PeriodJson, points: Vec<PointJson> }
}

shape! {
    /// The figures of one of them; `id` and `name` are `null` for what belongs to none.
    #[schema(as = ReportRow)]
    RowJson { id: Option<i64>, name: Option<String>, figures: FiguresJson }
}

shape! {
    /// The figures taken apart, in the order of the names.
    ByAnswer { period: PeriodJson, rows: Vec<RowJson> }
}

shape! {
    /// An id and the name that goes with it.
    NamedJson { id: i64, name: String }
}

shape! {
    /// What a visitor thought of a conversation.
    #[schema(as = RatedConversation)]
    RatingJson {
        conversation_id: i64,
        visitor_name: Option<String>,
        widget: NamedJson,
        /// Who looks after the conversation.
        agent: Option<NamedJson>,
        /// 1 is the worst, 5 the best.
        score: i64,
        comment: Option<String>,
        at: String,
    }
}

shape! {
    /// Ratings, newest first.
    RatingsAnswer {
        period: PeriodJson,
        ratings: Vec<RatingJson>,
        /// The `cursor` of the next page, if there may be one.
        next: Option<String>,
    }
}

/// Sums a period up and compares it with the one before.
#[utoipa::path(
    get,
    path = "/api/v1/reports/overview",
    params(
        RequestParams,
    ),
    responses((status = 200, description = "The figures", content((OverviewAnswer = "application/json"), (String = "text/csv")))),
)]
pub(crate) async fn overview(
    State(state): State<ChatState>,
    caller: Agent,
    headers: HeaderMap,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let request = request(&mut query);
    query.finish()?;
    let request = request.ok_or_else(missing)?;
    let period = request.period.clone();
    let report = state
        .chat
        .report_overview(&caller.principal, request)
        .await?;
    if !wants_csv(&headers) {
        let ReportOverview {
            figures, previous, ..
        } = &report;
        return Ok(answer(json!({
            "period": period_json(&period),
            "figures": figures_json(figures),
            "previous": span_json(report.previous_span),
            "previous_figures": figures_json(previous),
        })));
    }
    let mut csv = table(&["period", "starts_at", "ends_at"]);
    for (name, span, figures) in [
        ("current", report.span, &report.figures),
        ("previous", report.previous_span, &report.previous),
    ] {
        let head = [
            Cell::text(name),
            Cell::text(rfc3339(span.from)),
            Cell::text(rfc3339(span.until)),
        ];
        csv.row(head.into_iter().chain(figures_cells(figures)));
    }
    Ok(csv.download("overview", &period))
}

/// Tells the figures of each day or hour.
#[utoipa::path(
    get,
    path = "/api/v1/reports/series",
    params(
        RequestParams,
        ("interval" = Option<String>, Query, pattern = "^(day|hour)$", description = "`day` unless given; `hour` for at most 31 days"),
    ),
    responses((status = 200, description = "Every day or hour, in order", content((SeriesAnswer = "application/json"), (String = "text/csv")))),
)]
pub(crate) async fn series(
    State(state): State<ChatState>,
    caller: Agent,
    headers: HeaderMap,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let interval = match query.text("interval").as_deref() {
        None | Some("day") => ReportInterval::Day,
        Some("hour") => ReportInterval::Hour,
        Some(_) => {
            query.wrong("interval", "must be day or hour");
            ReportInterval::Day
        }
    };
    let request = request(&mut query);
    query.finish()?;
    let request = request.ok_or_else(missing)?;
    let period = request.period.clone();
    let points = state
        .chat
        .report_series(&caller.principal, request, interval)
        .await?;
    if !wants_csv(&headers) {
        let points: Vec<Value> = points.iter().map(point_json).collect();
        return Ok(answer(
            json!({ "period": period_json(&period), "points": points }),
        ));
    }
    let mut csv = table(&["starts_at", "date", "hour"]);
    for (bucket, figures) in &points {
        let head = [
            Cell::text(rfc3339(bucket.starts_at)),
            Cell::text(bucket.day.to_string()),
            Cell::number(bucket.hour),
        ];
        csv.row(head.into_iter().chain(figures_cells(figures)));
    }
    Ok(csv.download("series", &period))
}

/// Tells the figures of each agent, widget, team or label.
#[utoipa::path(
    get,
    path = "/api/v1/reports/by/{grouping}",
    params(
        ("grouping" = String, Path, pattern = "^(agent|widget|team|label)$", description = "By what; by agent, others than administrators see themselves"),
        RequestParams,
    ),
    responses((status = 200, description = "All that there are, and at the end what belongs to none", content((ByAnswer = "application/json"), (String = "text/csv")))),
)]
pub(crate) async fn by(
    State(state): State<ChatState>,
    caller: Agent,
    headers: HeaderMap,
    Path(grouping): Path<String>,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let grouping = ReportGrouping::parse(&grouping).map_err(|_| ApiError::not_found("report"))?;
    let request = request(&mut query);
    query.finish()?;
    let request = request.ok_or_else(missing)?;
    let period = request.period.clone();
    let rows = state
        .chat
        .report_by(&caller.principal, request, grouping)
        .await?;
    if !wants_csv(&headers) {
        let rows: Vec<Value> = rows.iter().map(row_json).collect();
        return Ok(answer(
            json!({ "period": period_json(&period), "rows": rows }),
        ));
    }
    let mut csv = table(&["id", "name"]);
    for row in rows {
        let head = [
            Cell::number(row.id),
            Cell::text(row.name.unwrap_or_default()),
        ];
        csv.row(head.into_iter().chain(figures_cells(&row.figures)));
    }
    Ok(csv.download(grouping.as_str(), &period))
}

/// Lists what visitors thought of conversations.
#[utoipa::path(
    get,
    path = "/api/v1/reports/csat",
    params(
        RequestParams,
        ("cursor" = Option<String>, Query, description = "The `next` of the page before"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 50 unless given. CSV has all, at most 10,000"),
    ),
    responses((status = 200, description = "Ratings, newest first", content((RatingsAnswer = "application/json"), (String = "text/csv")))),
)]
pub(crate) async fn csat(
    State(state): State<ChatState>,
    caller: Agent,
    headers: HeaderMap,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let request = request(&mut query);
    let after = query.text("cursor").and_then(|text| {
        let after = position(&text);
        if after.is_none() {
            query.wrong("cursor", "is none of this list's");
        }
        after
    });
    let limit = query.limit(PAGE);
    query.finish()?;
    let request = request.ok_or_else(missing)?;
    let (chat, principal) = (&state.chat, &caller.principal);
    let period = request.period.clone();
    if wants_csv(&headers) {
        let ratings = chat.all_ratings(principal, request).await?;
        return Ok(ratings_csv(&ratings).download("csat", &period));
    }
    let list = chat.ratings(principal, request, after, limit).await?;
    let ratings: Vec<Value> = list.ratings.iter().map(rating_json).collect();
    let next = list.next.map(|(at, id)| format!("{}.{id}", at.as_micros()));
    Ok(answer(
        json!({ "period": period_json(&period), "ratings": ratings, "next": next }),
    ))
}

/// Reads what all reports ask for. Mistakes are noted in the query; there is none without a request.
fn request(query: &mut QueryFields) -> Option<ReportRequest> {
    let mut day = |field: &'static str| {
        let Some(text) = query.text(field) else {
            query.wrong(field, "is required");
            return None;
        };
        let day = ReportDay::parse(&text);
        day.map_err(|invalid| query.wrong(field, &invalid.0)).ok()
    };
    let (from, to) = (day("from"), day("to"));
    let zone = query.text("zone").unwrap_or_else(|| "UTC".to_owned());
    let zone = Zone::parse(&zone)
        .map_err(|invalid| query.wrong("zone", &invalid.0))
        .ok();
    let business_hours = match query.text("hours").as_deref() {
        None | Some("always") => false,
        Some("business") => true,
        Some(_) => {
            query.wrong("hours", "must be always or business");
            false
        }
    };
    let widget_id = query.number("widget_id", 1).map(WidgetId);
    let team_id = query.number("team_id", 1).map(TeamId);
    let agent_id = query.number("agent_id", 1).map(AgentId);
    let period = ReportPeriod::new(from?, to?, zone?)
        .map_err(|invalid| query.wrong("to", &invalid.0))
        .ok()?;
    Some(ReportRequest {
        period,
        widget_id,
        team_id,
        agent_id,
        business_hours,
    })
}

/// For a request of which nothing was noted and that is none.
fn missing() -> ApiError {
    ApiError::invalid("from", "is required")
}

fn position(cursor: &str) -> Option<(Timestamp, ConversationId)> {
    let (at, id) = cursor.split_once('.')?;
    let id = id.parse().ok().filter(|id| *id > 0)?;
    Some((Timestamp::from_micros(at.parse().ok()?), ConversationId(id)))
}

/// Whether the caller prefers a table for a spreadsheet.
fn wants_csv(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .any(|kind| kind.trim().eq_ignore_ascii_case("text/csv"))
}

/// A table whose columns are these and the figures.
fn table(head: &[&str]) -> Csv {
    let mut csv = Csv::default();
    csv.row(head.iter().chain(FIGURES).map(|name| Cell::text(*name)));
    csv
}

fn ratings_csv(ratings: &[RatedConversation]) -> Csv {
    let mut csv = Csv::default();
    let columns = [
        "at",
        "score",
        "comment",
        "conversation_id",
        "visitor_name",
        "widget_id",
        "widget_name",
        "agent_id",
        "agent_name",
    ];
    csv.row(columns.map(Cell::text));
    for rated in ratings {
        let optional = |text: &Option<String>| Cell::text(text.as_deref().unwrap_or_default());
        let agent = rated.agent.as_ref();
        csv.row([
            Cell::text(rfc3339(rated.rating.at)),
            Cell::number(Some(rated.rating.score.get())),
            optional(&rated.rating.comment),
            Cell::number(Some(rated.conversation_id.0)),
            optional(&rated.visitor_name),
            Cell::number(Some(rated.widget_id.0)),
            Cell::text(&*rated.widget_name),
            Cell::number(agent.map(|agent| agent.id.0)),
            Cell::text(agent.map(|agent| &*agent.name).unwrap_or_default()),
        ]);
    }
    csv
}

fn answer(body: Value) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept"),
    ];
    (headers, Json(body)).into_response()
}

fn period_json(period: &ReportPeriod) -> Value {
    let span = period.span();
    json!({
        "from": period.first_day().to_string(),
        "to": period.last_day().to_string(),
        "zone": period.zone().name(),
        "starts_at": rfc3339(span.from),
        "ends_at": rfc3339(span.until),
    })
}

fn span_json(span: ReportSpan) -> Value {
    json!({ "starts_at": rfc3339(span.from), "ends_at": rfc3339(span.until) })
}

fn point_json((bucket, figures): &(ReportBucket, Figures)) -> Value {
    json!({
        "starts_at": rfc3339(bucket.starts_at),
        "date": bucket.day.to_string(),
        "hour": bucket.hour,
        "figures": figures_json(figures),
    })
}

fn row_json(row: &ReportGroup) -> Value {
    json!({ "id": row.id, "name": row.name, "figures": figures_json(&row.figures) })
}

fn rating_json(rated: &RatedConversation) -> Value {
    let agent = rated.agent.as_ref();
    json!({
        "conversation_id": rated.conversation_id.0,
        "visitor_name": rated.visitor_name,
        "widget": { "id": rated.widget_id.0, "name": rated.widget_name },
        "agent": agent.map(|agent| json!({ "id": agent.id.0, "name": agent.name })),
        "score": rated.rating.score.get(),
        "comment": rated.rating.comment,
        "at": rfc3339(rated.rating.at),
    })
}
