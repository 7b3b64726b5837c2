//! What the team decides about conversations, and the lists of them.

use super::super::world::{NO_AGENT, NO_LABEL, NO_TEAM, at};
use super::Model;
use super::operation::{Labelling, TriageChange};
use crate::{
    Held, LabelChange, ListPage, OpenCounts, Position, PriorityFilter, Sort, StatusFilter, Triage,
    TriageOutcome, WakeOutcome, nothing,
};
use antiphon_domain::{
    AssignedTeam, Assignee, Conversation, InboxUpdate, LabelId, Status, Timestamp,
};
use std::cmp::Reverse;
use std::collections::BTreeMap;

impl Model {
    pub(super) async fn triage(&mut self, now: Timestamp, pick: usize, change: &TriageChange) {
        let talk = self.talk(pick);
        let label = |pick: &usize| self.labels.get(*pick).map_or(NO_LABEL, |label| label.id);
        let ids = |picks: &[usize]| picks.iter().map(label).collect::<Vec<LabelId>>();
        let agent = |pick: usize| self.agents.get(pick).map_or(NO_AGENT, |agent| agent.id);
        let team = |pick: usize| self.teams.get(pick).map_or(NO_TEAM, |team| team.id);
        let triage = Triage {
            status: change.status,
            snoozed_until: change.snooze.map(|seconds| now.plus_seconds(seconds)),
            agent_id: change.agent.map(|pick| pick.map(agent)),
            team_id: change.team.map(|pick| pick.map(team)),
            priority: change.priority,
            labels: change.labels.as_ref().map(|labels| match labels {
                Labelling::Set(picks) => LabelChange::Set(ids(picks)),
                Labelling::Adjust(add, remove) => LabelChange::Adjust {
                    add: ids(add),
                    remove: ids(remove),
                },
            }),
            ..Triage::of(self.id(talk), now)
        };
        let outcome = self.store.triage(triage.clone(), nothing()).await.unwrap();

        let Some(index) = talk else {
            assert_eq!(outcome, TriageOutcome::UnknownConversation);
            return;
        };
        let before = self.talks[index].conversation.clone();
        let Some(after) = self.after(&before, &triage, &outcome) else {
            return;
        };
        if after == before {
            assert_eq!(outcome, TriageOutcome::Unchanged(Box::new(self.row(index))));
            return;
        }
        self.talks[index].conversation = after;
        let TriageOutcome::Changed(triaged) = outcome else {
            panic!("not changed: {outcome:?}")
        };
        self.changed(index, triaged.update.conversation.revision);
        assert_eq!((triaged.before, triaged.update), (before, self.row(index)));
    }

    /// The conversation as it should be, or `None` where the outcome is the refusal that it should be.
    fn after(
        &self,
        before: &Conversation,
        triage: &Triage,
        outcome: &TriageOutcome,
    ) -> Option<Conversation> {
        let mut after = before.clone();
        if let Some(agent_id) = triage.agent_id {
            let agent = self.agents.iter().find(|agent| Some(agent.id) == agent_id);
            if agent_id.is_some() && agent.is_none() {
                assert_eq!(*outcome, TriageOutcome::UnknownAgent);
                return None;
            }
            after.assigned_to = agent.map(|agent| Assignee {
                id: agent.id,
                name: agent.name.as_str().to_owned(),
            });
        }
        if let Some(team_id) = triage.team_id {
            let team = self.teams.iter().find(|team| Some(team.id) == team_id);
            if team_id.is_some() && team.is_none() {
                assert_eq!(*outcome, TriageOutcome::UnknownTeam);
                return None;
            }
            after.team = team.map(|team| AssignedTeam {
                id: team.id,
                name: team.name.as_str().to_owned(),
            });
        }
        if let Some(labels) = &triage.labels {
            let mut ids: Vec<LabelId> = match labels {
                LabelChange::Set(ids) => ids.clone(),
                LabelChange::Adjust { add, remove } => {
                    let all = before.label_ids.iter().chain(add).copied();
                    all.filter(|id| !remove.contains(id)).collect()
                }
            };
            ids.sort_unstable();
            ids.dedup();
            if ids.contains(&NO_LABEL) {
                assert_eq!(*outcome, TriageOutcome::UnknownLabel);
                return None;
            }
            after.label_ids = ids;
        }
        if let Some(priority) = triage.priority {
            after.priority = priority;
        }
        if let Some(status) = triage.status {
            after.status = status;
            after.snoozed_until = triage.snoozed_until.filter(|_| status == Status::Snoozed);
        }
        Some(after)
    }

    pub(super) async fn wake(&mut self, now: Timestamp, pick: usize, later: bool) {
        let talk = self.talk(pick);
        let now = if later { now.plus_seconds(100) } else { now };
        let outcome = self.store.wake(self.id(talk), now, nothing()).await;
        let outcome = outcome.unwrap();
        let Some(index) = talk else {
            assert_eq!(outcome, WakeOutcome::Unchanged);
            return;
        };
        let answered = self.talks[index].answered();
        let conversation = &mut self.talks[index].conversation;
        if conversation.snoozed_until.is_none_or(|until| until > now) {
            assert_eq!(outcome, WakeOutcome::Unchanged);
            return;
        }
        conversation.snoozed_until = None;
        conversation.status = if answered {
            Status::Active
        } else {
            Status::Pending
        };
        let WakeOutcome::Woken(update) = outcome else {
            panic!("not woken: {outcome:?}")
        };
        self.changed(index, update.conversation.revision);
        assert_eq!(*update, self.row(index));
    }

    /// Page by page, until there is no more.
    pub(super) async fn sorted(&self, page: ListPage) {
        let expected = self.list_of(page);
        let mut found: Vec<InboxUpdate> = Vec::new();
        let mut after = None;
        loop {
            let rows = self.store.list(ListPage { after, ..page }).await.unwrap();
            assert!(rows.len() <= page.limit as usize);
            let Some(last) = rows.last() else {
                break;
            };
            after = Some(Position::of(page.sort, &last.conversation));
            found.extend(rows);
            assert!(found.len() <= expected.len(), "{page:?}: {found:#?}");
        }
        assert_eq!(found, expected, "{page:?}");
    }

    fn list_of(&self, page: ListPage) -> Vec<InboxUpdate> {
        let passes = |row: &InboxUpdate| {
            let conversation = &row.conversation;
            let agent = conversation.assigned_to.as_ref().map(|agent| agent.id);
            let team = conversation.team.as_ref().map(|team| team.id);
            let status = match page.status {
                StatusFilter::All => true,
                StatusFilter::Open => {
                    matches!(conversation.status, Status::Pending | Status::Active)
                }
                StatusFilter::Only(status) => conversation.status == status,
            };
            let priority = match page.priority {
                PriorityFilter::Whatever => true,
                PriorityFilter::Unset => conversation.priority.is_none(),
                PriorityFilter::Only(priority) => conversation.priority == Some(priority),
            };
            status
                && priority
                && row.last_message.is_some()
                && is_held(page.agent, agent)
                && is_held(page.team, team)
                && page.widget_id.is_none_or(|id| id == conversation.widget_id)
                && page
                    .label_id
                    .is_none_or(|id| conversation.label_ids.contains(&id))
                && (!page.unread || row.unread_count > 0)
                && page.mentioned.is_none_or(|id| row.mentioned.contains(&id))
        };
        let mut rows: Vec<InboxUpdate> = (0..self.talks.len())
            .map(|index| self.row(index))
            .filter(passes)
            .collect();
        let newest = |row: &InboxUpdate| (row.conversation.last_message_at, row.conversation.id);
        match page.sort {
            Sort::Newest => rows.sort_by_key(|row| Reverse(newest(row))),
            Sort::Oldest => rows.sort_by_key(newest),
            Sort::Waiting => rows.sort_by_key(|row| {
                let since = row.conversation.waiting_since;
                (since.is_none(), since, row.conversation.id)
            }),
            Sort::Priority => {
                rows.sort_by_key(|row| Reverse((row.conversation.priority, newest(row))));
            }
        }
        rows
    }

    pub(super) async fn compare_lists(&self) {
        for status in [StatusFilter::Open, StatusFilter::All] {
            for sort in Sort::ALL {
                let page = ListPage {
                    status,
                    sort,
                    ..ListPage::open(3)
                };
                self.sorted(page).await;
            }
        }
        let OpenCounts { groups, by_label } = self.store.open_counts().await.unwrap();
        let all = ListPage {
            status: StatusFilter::All,
            ..ListPage::open(3)
        };
        let rows = self.list_of(all);
        let open: Vec<_> = rows
            .iter()
            .filter(|row| row.conversation.status != Status::Closed)
            .collect();
        let n: i64 = groups.iter().map(|group| group.n).sum();
        assert_eq!(n, open.len() as i64, "{groups:?}");
        for group in groups {
            let same = open.iter().filter(|row| {
                let conversation = &row.conversation;
                conversation.status == group.status
                    && conversation.assigned_to.as_ref().map(|agent| agent.id) == group.agent_id
                    && conversation.team.as_ref().map(|team| team.id) == group.team_id
                    && conversation.widget_id == group.widget_id
                    && (row.unread_count > 0) == group.unread
            });
            assert_eq!(same.count() as i64, group.n, "{group:?}");
        }
        let mut expected = BTreeMap::new();
        for row in open {
            if row.conversation.status != Status::Snoozed {
                for label in &row.conversation.label_ids {
                    *expected.entry(*label).or_insert(0_i64) += 1;
                }
            }
        }
        assert_eq!(by_label, expected.into_iter().collect::<Vec<_>>());
        let nobody = self.store.wake(super::NO_CONVERSATION, at(9), nothing());
        assert_eq!(nobody.await.unwrap(), WakeOutcome::Unchanged);
    }
}

fn is_held<Id: PartialEq + Copy>(wanted: Held<Id>, by: Option<Id>) -> bool {
    match wanted {
        Held::Whatever => true,
        Held::Somebody => by.is_some(),
        Held::Nobody => by.is_none(),
        Held::By(id) => by == Some(id),
    }
}
