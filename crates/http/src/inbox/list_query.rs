//! The query of a list: filters, order, and where a page begins. A saved view holds the same, as a JSON object.

use crate::extract::QueryFields;
use antiphon_chat::{FieldErrors, Held, ListPage, Position, PriorityFilter, Sort, StatusFilter};
use antiphon_domain::{AgentId, LabelId, Priority, Status, TeamId, WidgetId};
use serde_json::{Map, Value};

/// Rows in a page unless asked otherwise.
const PAGE: u32 = 50;

/// Reads a list's query. Mistakes are noted in it.
pub(super) fn page(query: &mut QueryFields, me: AgentId) -> ListPage {
    let mut page = filters(query, me);
    page.limit = query.limit(PAGE);
    page.after = query.text("cursor").and_then(|text| {
        let after = position(page.sort, &text);
        if after.is_none() {
            query.wrong("cursor", "is none of this list's");
        }
        after
    });
    page
}

/// What is wrong with the filter of a view, by field.
pub(super) fn view_errors(filter: &Map<String, Value>, me: AgentId) -> FieldErrors {
    let pairs = filter.iter().map(|(name, value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (name.clone(), text)
    });
    let mut query = QueryFields::of(pairs);
    filters(&mut query, me);
    query.strict_errors()
}

fn filters(query: &mut QueryFields, me: AgentId) -> ListPage {
    let status = match query.text("status").as_deref() {
        None | Some("open") => StatusFilter::Open,
        Some("all") => StatusFilter::All,
        Some(name) => match Status::parse(name) {
            Ok(status) => StatusFilter::Only(status),
            Err(_) => {
                query.wrong(
                    "status",
                    "must be open, pending, active, snoozed, closed or all",
                );
                StatusFilter::Open
            }
        },
    };
    let agent = match query.text("assignee").as_deref() {
        None => Held::Whatever,
        Some("me") => Held::By(me),
        Some("none") => Held::Nobody,
        Some("any") => Held::Somebody,
        Some(text) => held(
            query,
            "assignee",
            text,
            "must be me, none, any or an id",
            AgentId,
        ),
    };
    let team = match query.text("team").as_deref() {
        None => Held::Whatever,
        Some("none") => Held::Nobody,
        Some("any") => Held::Somebody,
        Some(text) => held(query, "team", text, "must be none, any or an id", TeamId),
    };
    let priority = match query.text("priority").as_deref() {
        None => PriorityFilter::Whatever,
        Some("none") => PriorityFilter::Unset,
        Some(name) => match Priority::parse(name) {
            Ok(priority) => PriorityFilter::Only(priority),
            Err(_) => {
                query.wrong("priority", "must be none, low, medium, high or urgent");
                PriorityFilter::Whatever
            }
        },
    };
    let mentioned = match query.text("mentioned").as_deref() {
        None => None,
        Some("me") => Some(()),
        Some(_) => {
            query.wrong("mentioned", "must be me");
            None
        }
    };
    let sort = query.text("sort").map_or(Some(Sort::Newest), |name| {
        Sort::ALL.into_iter().find(|sort| sort.as_str() == name)
    });
    if sort.is_none() {
        query.wrong("sort", "must be newest, oldest, waiting or priority");
    }
    ListPage {
        status,
        agent,
        team,
        widget_id: query.number("widget", 1).map(WidgetId),
        label_id: query.number("label", 1).map(LabelId),
        priority,
        unread: query.flag("unread"),
        mentioned: mentioned.map(|()| me),
        sort: sort.unwrap_or(Sort::Newest),
        ..ListPage::open(PAGE)
    }
}

fn held<Id>(
    query: &mut QueryFields,
    field: &'static str,
    text: &str,
    reason: &str,
    id: fn(i64) -> Id,
) -> Held<Id> {
    match text.parse() {
        Ok(number) if number > 0 => Held::By(id(number)),
        _ => {
            query.wrong(field, reason);
            Held::Whatever
        }
    }
}

/// A position as clients carry it from page to page: the order, so that it is of no other list, and what it is sorted by.
pub(super) fn cursor(sort: Sort, position: Position) -> String {
    let Position { rank, time, id } = position;
    format!("{}.{rank}.{time}.{id}", sort.as_str())
}

fn position(sort: Sort, cursor: &str) -> Option<Position> {
    let mut parts = cursor.split('.');
    let is_of_list = parts.next() == Some(sort.as_str());
    let mut number = || parts.next()?.parse().ok();
    let position = Position {
        rank: number()?,
        time: number()?,
        id: number()?,
    };
    (is_of_list && parts.next().is_none()).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_lists_of_its_order() {
        let place = Position {
            rank: 3,
            time: -5,
            id: 7,
        };
        for sort in Sort::ALL {
            let text = cursor(sort, place);
            for other in Sort::ALL {
                let read = position(other, &text);
                assert_eq!(read, (other == sort).then_some(place), "{text}");
            }
        }
        for wrong in [
            "",
            "newest",
            "newest.1.2",
            "newest.1.2.3.4",
            "newest.x.2.3",
            "newest.1.2.99999999999999999999",
        ] {
            assert_eq!(position(Sort::Newest, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_views_filter_holds_what_a_query_may() {
        let errors = |filter: Value| {
            let errors = view_errors(filter.as_object().unwrap(), AgentId(1));
            errors
                .iter()
                .map(|(field, _)| field.to_owned())
                .collect::<Vec<_>>()
        };
        let good = serde_json::json!({
            "status": "all", "assignee": 3, "team": "none", "label": "2", "unread": true, "sort": "waiting", "priority": "none",
            "mentioned": "me"
        });
        assert_eq!(errors(good), [] as [&str; 0]);
        let wrong = serde_json::json!({
            "status": "gone", "assignee": "you", "team": 0, "label": "x", "widget": [], "unread": 2, "sort": "", "priority": 1,
            "cursor": "x", "mentioned": "you"
        });
        let mut found = errors(wrong);
        found.sort();
        assert_eq!(
            found,
            [
                "assignee",
                "cursor",
                "label",
                "mentioned",
                "priority",
                "sort",
                "status",
                "team",
                "unread",
                "widget"
            ]
        );
    }
}
