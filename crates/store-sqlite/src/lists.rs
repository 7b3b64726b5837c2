//! The agents' lists in SQL.
//!
//! A list is found in one of two indexes that hold all that lists are filtered and sorted by, so the table is looked at only for the rows
//! of the page. Orders other than by the newest message are sorted in memory, which costs little beside the walk: SQLite keeps no more
//! than a page of it. A label or a mention among all
//! conversations is looked up from its own side, since most conversations may be passed over.

use crate::SqliteStore;
use crate::conversations::inbox_update;
use crate::failure::corrupt;
use antiphon_domain::{AgentId, ConversationId, InboxUpdate, LabelId, Status, TeamId, WidgetId};
use antiphon_store::{
    Held, ListPage, Lists, MAX_PAGE, OpenCounts, OpenGroup, Position, PriorityFilter, Sort,
    StatusFilter, StoreError,
};
use rusqlite::{Connection, Result, Row, named_params};

#[async_trait::async_trait]
impl Lists for SqliteStore {
    async fn list(&self, page: ListPage) -> Result<Vec<InboxUpdate>, StoreError> {
        self.read(move |connection| list(connection, page)).await
    }

    async fn open_counts(&self) -> Result<OpenCounts, StoreError> {
        self.read(open_counts).await
    }
}

/// The ids and then the rows, of one moment.
fn list(connection: &Connection, page: ListPage) -> Result<Vec<InboxUpdate>> {
    let moment = connection.unchecked_transaction()?;
    let after = page.after.unwrap_or(Position::start(page.sort));
    let ids: Vec<i64> = moment
        .prepare_cached(&list_sql(page))?
        .query_map(
            named_params! {
                ":agent": held(page.agent, |id| id.0),
                ":team": held(page.team, |id| id.0),
                ":widget": page.widget_id.map(|id| id.0),
                ":label": page.label_id.map(|id| id.0),
                ":mentioned": page.mentioned.map(|id| id.0),
                ":priority": match page.priority {
                    PriorityFilter::Whatever => None,
                    PriorityFilter::Unset => Some(0),
                    PriorityFilter::Only(priority) => Some(priority.rank()),
                },
                ":unread": page.unread,
                ":rank": after.rank,
                ":time": after.time,
                ":id": after.id,
                ":limit": page.limit.min(MAX_PAGE),
            },
            |row| row.get(0),
        )?
        .collect::<Result<_>>()?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(inbox_update(&moment, ConversationId(id))?);
    }
    moment.finish()?;
    Ok(rows)
}

/// How the statement is told who holds a conversation: nothing for whoever, 0 for nobody, -1 for somebody, else the id.
fn held<Id>(held: Held<Id>, number: impl Fn(Id) -> i64) -> Option<i64> {
    match held {
        Held::Whatever => None,
        Held::Nobody => Some(0),
        Held::Somebody => Some(-1),
        Held::By(id) => Some(number(id)),
    }
}

/// The conditions on the index repeat its own word for word, which is how SQLite knows that it can use it.
fn list_sql(page: ListPage) -> String {
    let is_open = !matches!(
        page.status,
        StatusFilter::All | StatusFilter::Only(Status::Closed)
    );
    let looked_up = page.label_id.is_some() || page.mentioned.is_some();
    let index = match (is_open, looked_up) {
        (true, _) => "INDEXED BY conversations_list_open",
        (false, false) => "INDEXED BY conversations_list",
        (false, true) => "",
    };
    let status = match page.status {
        StatusFilter::All => String::new(),
        StatusFilter::Open => {
            "AND c.status <> 'closed' AND c.status IN ('pending', 'active')".to_owned()
        }
        StatusFilter::Only(Status::Closed) => "AND c.status = 'closed'".to_owned(),
        StatusFilter::Only(status) => {
            format!(
                "AND c.status <> 'closed' AND c.status = '{}'",
                status.as_str()
            )
        }
    };
    // The parameter is named in every form, so that all are given the same ones.
    let label = match (is_open, page.label_id) {
        (_, None) => "AND :label IS NULL",
        (true, Some(_)) => {
            "AND EXISTS (SELECT 1 FROM conversation_labels l WHERE l.conversation_id = c.id AND l.label_id = :label)"
        }
        (false, Some(_)) => {
            "AND c.id IN (SELECT l.conversation_id FROM conversation_labels l WHERE l.label_id = :label)"
        }
    };
    let mentioned = match (is_open, page.mentioned) {
        (_, None) => "AND :mentioned IS NULL",
        (true, Some(_)) => {
            "AND EXISTS (SELECT 1 FROM notes n JOIN mentions k ON k.note_id = n.id
                 WHERE n.conversation_id = c.id AND k.agent_id = :mentioned)"
        }
        (false, Some(_)) => {
            "AND c.id IN (SELECT n.conversation_id FROM mentions k JOIN notes n ON n.id = k.note_id WHERE k.agent_id = :mentioned)"
        }
    };
    let (behind, order) = match page.sort {
        Sort::Newest => (
            "AND (c.last_message_at, c.id) < (:time, :id) AND :rank IS NOT NULL",
            "c.last_message_at DESC, c.id DESC",
        ),
        Sort::Oldest => (
            "AND (c.last_message_at, c.id) > (:time, :id) AND :rank IS NOT NULL",
            "c.last_message_at, c.id",
        ),
        Sort::Waiting => (
            "AND (coalesce(c.waiting_since, 9223372036854775807), c.id) > (:time, :id) AND :rank IS NOT NULL",
            "coalesce(c.waiting_since, 9223372036854775807), c.id",
        ),
        Sort::Priority => (
            "AND (coalesce(c.priority, 0), c.last_message_at, c.id) < (:rank, :time, :id)",
            "coalesce(c.priority, 0) DESC, c.last_message_at DESC, c.id DESC",
        ),
    };
    format!(
        "SELECT c.id FROM conversations c {index}
         WHERE c.last_message_at IS NOT NULL {status} {label} {mentioned} {behind}
             AND (:agent IS NULL OR CASE :agent WHEN 0 THEN c.assigned_agent_id IS NULL
                 WHEN -1 THEN c.assigned_agent_id IS NOT NULL ELSE c.assigned_agent_id = :agent END)
             AND (:team IS NULL OR CASE :team WHEN 0 THEN c.team_id IS NULL
                 WHEN -1 THEN c.team_id IS NOT NULL ELSE c.team_id = :team END)
             AND (:widget IS NULL OR c.widget_id = :widget)
             AND (:priority IS NULL OR coalesce(c.priority, 0) = :priority)
             AND (NOT :unread OR c.unread_count > 0)
         ORDER BY {order} LIMIT :limit"
    )
}

const GROUPS: &str = "
    SELECT c.status, c.assigned_agent_id, c.team_id, c.widget_id, c.unread_count > 0, count(*)
    FROM conversations c INDEXED BY conversations_list_open
    WHERE c.last_message_at IS NOT NULL AND c.status <> 'closed'
    GROUP BY 1, 2, 3, 4, 5";

const BY_LABEL: &str = "
    SELECT l.label_id, count(*)
    FROM conversations c INDEXED BY conversations_list_open
    CROSS JOIN conversation_labels l ON l.conversation_id = c.id
    WHERE c.last_message_at IS NOT NULL AND c.status <> 'closed' AND c.status IN ('pending', 'active')
    GROUP BY 1 ORDER BY 1";

fn open_counts(connection: &Connection) -> Result<OpenCounts> {
    let moment = connection.unchecked_transaction()?;
    let groups = moment
        .prepare_cached(GROUPS)?
        .query_map([], group)?
        .collect::<Result<_>>()?;
    let by_label = moment
        .prepare_cached(BY_LABEL)?
        .query_map([], |row| Ok((LabelId(row.get(0)?), row.get(1)?)))?
        .collect::<Result<_>>()?;
    moment.finish()?;
    Ok(OpenCounts { groups, by_label })
}

fn group(row: &Row<'_>) -> Result<OpenGroup> {
    Ok(OpenGroup {
        status: Status::parse(row.get_ref(0)?.as_str()?)
            .map_err(|_| corrupt("conversations", "status"))?,
        agent_id: row.get::<_, Option<i64>>(1)?.map(AgentId),
        team_id: row.get::<_, Option<i64>>(2)?.map(TeamId),
        widget_id: WidgetId(row.get(3)?),
        unread: row.get(4)?,
        n: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenOptions, connection, migrate};
    use antiphon_domain::Priority;

    /// Every list that is made of one filter, in every order.
    fn pages() -> Vec<ListPage> {
        let open = ListPage::open(50);
        let statuses = [StatusFilter::Open, StatusFilter::All]
            .into_iter()
            .chain(Status::ALL.map(StatusFilter::Only));
        let mut pages = Vec::new();
        for status in statuses {
            for sort in Sort::ALL {
                for page in [
                    open,
                    ListPage {
                        agent: Held::By(AgentId(1)),
                        ..open
                    },
                    ListPage {
                        team: Held::Nobody,
                        ..open
                    },
                    ListPage {
                        label_id: Some(LabelId(1)),
                        ..open
                    },
                    ListPage {
                        mentioned: Some(AgentId(1)),
                        ..open
                    },
                    ListPage {
                        priority: PriorityFilter::Only(Priority::High),
                        unread: true,
                        ..open
                    },
                ] {
                    pages.push(ListPage {
                        status,
                        sort,
                        ..page
                    });
                }
            }
        }
        pages
    }

    fn plan(connection: &Connection, sql: &str) -> Vec<String> {
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        // What a plan is made for needs no values.
        let mut rows = statement.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get("detail").unwrap());
        }
        steps
    }

    #[test]
    fn a_list_looks_at_no_table_until_it_knows_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions::new(folder.path().join("test.sqlite"));
        migrate(&options).unwrap();
        let connection = connection::open_for_reading(&options.path).unwrap();
        for page in pages() {
            let plan = plan(&connection, &list_sql(page));
            let closed_too = matches!(
                page.status,
                StatusFilter::All | StatusFilter::Only(Status::Closed)
            );
            if closed_too && (page.label_id.is_some() || page.mentioned.is_some()) {
                assert!(
                    plan[0].contains("SEARCH c USING INTEGER PRIMARY KEY"),
                    "{page:?}: {plan:#?}"
                );
                continue;
            }
            let index = if closed_too {
                "conversations_list"
            } else {
                "conversations_list_open"
            };
            let walk = format!("c USING COVERING INDEX {index}");
            assert!(
                plan[0].ends_with(&walk) || plan[0].contains(&format!("{walk} ")),
                "{page:?}: {plan:#?}"
            );
            let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE"));
            let by_time = matches!(page.sort, Sort::Newest | Sort::Oldest);
            assert_eq!(sorts, !by_time, "{page:?}: {plan:#?}");
        }
    }

    #[test]
    fn counts_look_at_open_conversations_alone() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions::new(folder.path().join("test.sqlite"));
        migrate(&options).unwrap();
        let connection = connection::open_for_reading(&options.path).unwrap();
        for sql in [GROUPS, BY_LABEL] {
            let plan = plan(&connection, sql);
            let walk = "c USING COVERING INDEX conversations_list_open";
            assert!(plan[0].contains(walk), "{plan:#?}");
            let others: Vec<_> = plan[1..]
                .iter()
                .filter(|step| step.starts_with("SCAN"))
                .collect();
            assert_eq!(others, [] as [&String; 0], "{plan:#?}");
        }
    }
}
