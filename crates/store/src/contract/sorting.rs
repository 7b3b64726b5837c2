//! Facts about what the team sorts conversations by: labels, teams, views, and what is decided about one conversation.

use super::world::{
    NO_AGENT, NO_LABEL, NO_TEAM, World, at, at_once, changed, make_agent, make_label, make_team,
    message, posted,
};
use crate::{
    LabelChange, LabelOutcome, ListPage, MAX_CONVERSATION_LABELS, MAX_LABELS, MAX_VIEWS, NewLabel,
    NewView, NewViewOutcome, Sort, Store, TeamOutcome, Triage, TriageOutcome, UpdateLabel,
    UpdateTeam, UpdateView, WakeOutcome, nothing,
};
use antiphon_domain::{
    AgentId, LabelColor, LabelId, LabelName, Priority, Sender, Status, TeamName, View, ViewId,
    ViewName,
};
use std::sync::Arc;

fn name(text: &str) -> LabelName {
    LabelName::parse(text).unwrap()
}

fn update(id: LabelId) -> UpdateLabel {
    UpdateLabel {
        id,
        name: None,
        color: None,
    }
}

/// Capitals do not tell two labels apart, and the list is in the order of the names.
pub async fn a_label_is_kept_under_a_name_of_its_own(store: Arc<dyn Store>) {
    let (idea, bug) = (
        make_label(&store, "Idea").await,
        make_label(&store, "bug").await,
    );
    let taken = NewLabel {
        name: name("BUG"),
        color: LabelColor::parse("#000000").unwrap(),
        at: at(1),
    };
    let taken = store.create_label(taken, nothing()).await.unwrap();
    assert_eq!(taken, LabelOutcome::NameTaken);
    assert_eq!(
        store.list_labels().await.unwrap(),
        [bug.clone(), idea.clone()]
    );

    let rename = |to: &str| UpdateLabel {
        name: Some(name(to)),
        ..update(bug.id)
    };
    let taken = store.update_label(rename("idea"), nothing()).await.unwrap();
    assert_eq!(taken, LabelOutcome::NameTaken);
    let LabelOutcome::Saved(renamed) = store.update_label(rename("Bug"), nothing()).await.unwrap()
    else {
        panic!("its own name is not another's")
    };
    assert_eq!((renamed.name.as_str(), &renamed.color), ("Bug", &bug.color));
    let unknown = store.update_label(update(NO_LABEL), nothing()).await;
    assert_eq!(unknown.unwrap(), LabelOutcome::Unknown);

    let deleted = store.delete_label(bug.id, nothing()).await.unwrap();
    assert_eq!(deleted, Some(renamed));
    assert_eq!(store.delete_label(bug.id, nothing()).await.unwrap(), None);
    assert_eq!(store.list_labels().await.unwrap(), [idea]);
}

/// However many are made at once.
pub async fn there_are_so_many_labels_and_no_more(store: Arc<dyn Store>) {
    let outcomes = at_once(MAX_LABELS as u32 + 2, |n| {
        let store = Arc::clone(&store);
        let new = NewLabel {
            name: name(&format!("label {n}")),
            color: LabelColor::parse("#000000").unwrap(),
            at: at(1),
        };
        async move { store.create_label(new, nothing()).await.unwrap() }
    })
    .await;
    let refused = outcomes
        .iter()
        .filter(|outcome| **outcome == LabelOutcome::TooMany);
    assert_eq!(refused.count(), 2);
    assert_eq!(store.list_labels().await.unwrap().len() as i64, MAX_LABELS);
}

/// A label that is gone is gone from conversations, and nobody's revision tells of it.
pub async fn a_deleted_label_leaves_its_conversations(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (bug, idea) = (
        make_label(&world.store, "bug").await,
        make_label(&world.store, "idea").await,
    );
    let set = Triage {
        labels: Some(LabelChange::Set(vec![idea.id, bug.id, idea.id])),
        ..Triage::of(world.id, at(2))
    };
    let row = changed(world.triage(set).await);
    assert_eq!(row.conversation.label_ids, [bug.id, idea.id]);
    world
        .store
        .delete_label(bug.id, nothing())
        .await
        .unwrap()
        .unwrap();
    let after = world.conversation().await;
    assert_eq!(after.label_ids, [idea.id]);
    assert_eq!(after.revision, row.conversation.revision);
}

/// All that is asked for, or nothing.
pub async fn a_conversation_has_so_many_labels_and_no_more(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut ids = Vec::new();
    for n in 0..=MAX_CONVERSATION_LABELS {
        ids.push(make_label(&world.store, &format!("label {n}")).await.id);
    }
    let last = ids.pop().unwrap();
    let set = Triage {
        labels: Some(LabelChange::Set(ids.clone())),
        ..Triage::of(world.id, at(2))
    };
    changed(world.triage(set).await);
    let add = |add: Vec<LabelId>, remove: Vec<LabelId>| Triage {
        labels: Some(LabelChange::Adjust { add, remove }),
        priority: Some(Some(Priority::High)),
        ..Triage::of(world.id, at(3))
    };
    let one_more = world.triage(add(vec![last], Vec::new())).await;
    assert_eq!(one_more, TriageOutcome::TooManyLabels);
    let unknown = world.triage(add(vec![NO_LABEL], vec![ids[0]])).await;
    assert_eq!(unknown, TriageOutcome::UnknownLabel);
    let as_before = world.conversation().await;
    assert_eq!(
        (as_before.label_ids, as_before.priority),
        (ids.clone(), None)
    );
    let exchanged = changed(world.triage(add(vec![last], vec![ids[0]])).await);
    assert_eq!(
        exchanged.conversation.label_ids.len(),
        MAX_CONVERSATION_LABELS
    );
}

/// A team is named in the conversations that it looks after.
pub async fn a_team_looks_after_conversations_until_it_is_gone(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = make_agent(&world.store, "bea").await;
    let agent_ids = vec![other.id, world.agent.id, other.id];
    let sales = make_team(&world.store, "Sales", agent_ids).await;
    assert_eq!(sales.agent_ids, [world.agent.id, other.id]);
    let give = |team_id| Triage {
        team_id: Some(team_id),
        ..Triage::of(world.id, at(2))
    };
    let unknown = world.triage(give(Some(NO_TEAM))).await;
    assert_eq!(unknown, TriageOutcome::UnknownTeam);
    let row = changed(world.triage(give(Some(sales.id))).await);
    assert_eq!(row.conversation.team.unwrap().name, "Sales");

    let deleted = world.store.delete_team(sales.id, nothing()).await.unwrap();
    assert_eq!(deleted, Some(sales));
    let after = world.conversation().await;
    assert_eq!(after.team, None);
    assert_eq!(after.revision, row.conversation.revision);
    assert_eq!(world.store.list_teams().await.unwrap(), []);
}

/// What is not told of stays, and a refusal changes nothing.
pub async fn a_team_is_changed_in_what_is_told_only(store: Arc<dyn Store>) {
    let ana = make_agent(&store, "ana").await;
    let team = make_team(&store, "Sales", vec![ana.id]).await;
    make_team(&store, "Billing", Vec::new()).await;
    let change = |name: Option<&str>, agent_ids: Option<Vec<AgentId>>| UpdateTeam {
        id: team.id,
        name: name.map(|name| TeamName::parse(name).unwrap()),
        agent_ids,
    };
    for (update, refusal) in [
        (change(Some("BILLING"), None), TeamOutcome::NameTaken),
        (
            change(Some("New"), Some(vec![ana.id, NO_AGENT])),
            TeamOutcome::UnknownAgent,
        ),
        (
            UpdateTeam {
                id: NO_TEAM,
                ..change(None, None)
            },
            TeamOutcome::Unknown,
        ),
    ] {
        let outcome = store.update_team(update, nothing()).await.unwrap();
        assert_eq!(outcome, refusal);
    }
    let names = async || -> Vec<String> {
        let teams = store.list_teams().await.unwrap();
        teams
            .iter()
            .map(|team| format!("{}: {:?}", team.name.as_str(), team.agent_ids))
            .collect()
    };
    let of_ana = format!("{:?}", [ana.id]);
    assert_eq!(names().await, ["Billing: []", &format!("Sales: {of_ana}")]);
    let renamed = change(Some("Accounts"), None);
    store.update_team(renamed, nothing()).await.unwrap();
    assert_eq!(
        names().await,
        [&format!("Accounts: {of_ana}"), "Billing: []"]
    );
    let emptied = change(None, Some(Vec::new()));
    store.update_team(emptied, nothing()).await.unwrap();
    assert_eq!(names().await, ["Accounts: []", "Billing: []"]);
}

/// Of others' views, an agent sees those that are shared.
pub async fn views_are_ones_own_or_shared(store: Arc<dyn Store>) {
    let (ana, bea) = (
        make_agent(&store, "ana").await,
        make_agent(&store, "bea").await,
    );
    let make = async |agent_id: AgentId, shared| -> View {
        let new = NewView {
            agent_id,
            name: ViewName::parse("Mine").unwrap(),
            filter: r#"{"assignee":"me"}"#.to_owned(),
            shared,
            at: at(1),
        };
        match store.create_view(new, nothing()).await.unwrap() {
            NewViewOutcome::Created(view) => view,
            NewViewOutcome::TooMany => panic!("too many"),
        }
    };
    let own = make(ana.id, false).await;
    let shared = make(ana.id, true).await;
    assert_eq!(
        store.list_views(ana.id).await.unwrap(),
        [own.clone(), shared.clone()]
    );
    let seen = store.list_views(bea.id).await.unwrap();
    assert_eq!(seen, std::slice::from_ref(&shared));
    assert_eq!(store.view(own.id).await.unwrap(), Some(own.clone()));

    let change = |id| UpdateView {
        id,
        name: None,
        filter: Some(r#"{"sort":"waiting"}"#.to_owned()),
        shared: Some(false),
    };
    let changed = store.update_view(change(shared.id), nothing()).await;
    let expected = View {
        filter: r#"{"sort":"waiting"}"#.to_owned(),
        shared: false,
        ..shared
    };
    assert_eq!(changed.unwrap().as_ref(), Some(&expected));
    assert_eq!(store.list_views(bea.id).await.unwrap(), []);
    let unknown = store.update_view(change(ViewId(987_654)), nothing()).await;
    assert_eq!(unknown.unwrap(), None);

    let deleted = store.delete_view(own.id, nothing()).await.unwrap();
    assert_eq!(deleted, Some(own.clone()));
    assert_eq!(store.delete_view(own.id, nothing()).await.unwrap(), None);
    for _ in 1..MAX_VIEWS {
        make(ana.id, false).await;
    }
    let one_more = NewView {
        agent_id: ana.id,
        name: ViewName::parse("One more").unwrap(),
        filter: "{}".to_owned(),
        shared: false,
        at: at(1),
    };
    let outcome = store.create_view(one_more, nothing()).await.unwrap();
    assert_eq!(outcome, NewViewOutcome::TooMany);
}

/// One change, one revision, and what it was before.
pub async fn a_conversation_is_triaged_in_one_change(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    let before = world.conversation().await;
    let triage = Triage {
        status: Some(Status::Active),
        agent_id: Some(Some(world.agent.id)),
        priority: Some(Some(Priority::Urgent)),
        ..Triage::of(world.id, at(2))
    };
    let TriageOutcome::Changed(triaged) = world.triage(triage).await else {
        panic!("not changed")
    };
    let after = &triaged.update.conversation;
    assert_eq!(triaged.before, before);
    assert_eq!(*after, world.conversation().await);
    assert_eq!(after.revision, before.revision + 1);
    assert_eq!(
        (after.status, after.priority),
        (Status::Active, Some(Priority::Urgent))
    );
    assert_eq!(after.assigned_to.as_ref().unwrap().id, world.agent.id);
    let row = world.store.inbox_row(world.id).await.unwrap();
    assert_eq!(row, Some(triaged.update));
}

/// It wakes when its time is over and not before, once; a message wakes it, too.
pub async fn a_snoozed_conversation_wakes(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    let snooze = |until| Triage {
        status: Some(Status::Snoozed),
        snoozed_until: Some(at(until)),
        ..Triage::of(world.id, at(2))
    };
    let wake = async |now| {
        let outcome = world.store.wake(world.id, at(now), nothing()).await;
        outcome.unwrap()
    };
    let row = changed(world.triage(snooze(10)).await);
    assert_eq!(row.conversation.snoozed_until, Some(at(10)));
    assert_eq!(wake(9).await, WakeOutcome::Unchanged);
    let later = changed(world.triage(snooze(20)).await);
    assert_eq!(later.conversation.snoozed_until, Some(at(20)));
    assert_eq!(wake(10).await, WakeOutcome::Unchanged);
    let WakeOutcome::Woken(woken) = wake(20).await else {
        panic!("still asleep")
    };
    assert_eq!(woken.conversation, world.conversation().await);
    assert!(woken.conversation.revision > later.conversation.revision);
    assert_eq!(
        (woken.conversation.status, woken.conversation.snoozed_until),
        (Status::Pending, None)
    );
    assert_eq!(wake(20).await, WakeOutcome::Unchanged);

    world.answer("hello").await;
    world.triage(snooze(30)).await;
    let WakeOutcome::Woken(woken) = wake(31).await else {
        panic!("still asleep")
    };
    assert_eq!(woken.conversation.status, Status::Active);
    world.triage(snooze(40)).await;
    let posted = world.say("are you there?").await;
    assert_eq!(posted.update.conversation.snoozed_until, None);
    assert_eq!(posted.update.conversation, world.conversation().await);
    assert_eq!(wake(40).await, WakeOutcome::Unchanged);
}

/// From the first message after the team's last one, until the team answers.
pub async fn a_visitor_waits_until_the_team_answers(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let say = async |sender, seconds| {
        let mut new = message(world.id, sender, "hello");
        new.at = at(seconds);
        let posted = posted(world.post(new).await);
        assert_eq!(posted.update.conversation, world.conversation().await);
        posted.update.conversation.waiting_since
    };
    let team = Sender::Agent(world.agent.id);
    assert_eq!(say(Sender::Visitor, 10).await, Some(at(10)));
    assert_eq!(say(Sender::Visitor, 20).await, Some(at(10)));
    assert_eq!(say(team, 30).await, None);
    assert_eq!(say(team, 40).await, None);
    assert_eq!(say(Sender::Visitor, 50).await, Some(at(50)));
    world.set_status(Status::Closed).await;
    assert_eq!(world.conversation().await.waiting_since, Some(at(50)));
}

/// The longest waiting first, and behind them who waits for nothing.
pub async fn who_waits_longest_comes_first(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (second, third) = (
        world.another_conversation(2).await,
        world.another_conversation(3).await,
    );
    for (id, seconds) in [(second, 10), (world.id, 20), (third, 30), (second, 40)] {
        let mut new = message(id, Sender::Visitor, "hello");
        new.at = at(seconds);
        posted(world.post(new).await);
    }
    let answer = message(world.id, Sender::Agent(world.agent.id), "hello");
    posted(world.post(answer).await);
    let page = ListPage {
        sort: Sort::Waiting,
        ..ListPage::open(10)
    };
    let rows = world.store.list(page).await.unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row.conversation.id).collect();
    assert_eq!(ids, [second, third, world.id]);
}
