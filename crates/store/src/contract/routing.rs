//! Facts about what happens to conversations by itself: who is given one, and when one is closed.

use super::world::{
    NO_TEAM, World, at, at_once, changed, make_agent, make_team, make_widget, message, posted,
};
use crate::{
    MAX_ASSIGNED, MAX_CLOSED, PostOutcome, ReportFilter, RoutingOutcome, Store, Triage,
    TriageOutcome, Triaged, UpdateAgent, UpdateAgentOutcome, WakeOutcome, nothing,
};
use antiphon_domain::{
    Agent, AgentId, AgentRole, Assignment, Capacity, CloseAfter, ConversationId, ReportEvent,
    ReportSpan, Sender, Status, Timestamp, WidgetId, WidgetRouting,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const NO_WIDGET: WidgetId = WidgetId(987_654);
const HOUR: i64 = 3_600;

fn by(assignment: Assignment) -> WidgetRouting {
    WidgetRouting {
        assignment,
        ..WidgetRouting::default()
    }
}

fn closing(hours: i64) -> WidgetRouting {
    WidgetRouting {
        close_after: Some(CloseAfter::parse(hours).unwrap()),
        ..WidgetRouting::default()
    }
}

async fn set(store: &Arc<dyn Store>, widget: WidgetId, routing: WidgetRouting) -> RoutingOutcome {
    let set = store.set_routing(widget, routing, nothing());
    set.await.unwrap()
}

async fn update(store: &Arc<dyn Store>, update: UpdateAgent) -> Agent {
    match store.update_agent(update, nothing()).await.unwrap() {
        UpdateAgentOutcome::Updated(agent) => agent,
        other => panic!("not changed: {other:?}"),
    }
}

async fn set_capacity(store: &Arc<dyn Store>, agent_id: AgentId, conversations: i64) {
    let change = UpdateAgent {
        capacity: Some(Some(Capacity::parse(conversations).unwrap())),
        ..UpdateAgent::of(agent_id)
    };
    update(store, change).await;
}

async fn give_away(store: &Arc<dyn Store>, present: &[AgentId]) -> Vec<Triaged> {
    let given = store.assign_waiting(present.to_vec(), nothing());
    given.await.unwrap()
}

async fn close(store: &Arc<dyn Store>, now: Timestamp) -> Vec<ConversationId> {
    let closed = store.close_silent(now, nothing()).await.unwrap();
    closed
        .iter()
        .map(|closed| {
            assert_ne!(closed.before.status, Status::Closed);
            assert_eq!(closed.update.conversation.status, Status::Closed);
            closed.update.conversation.id
        })
        .collect()
}

/// Which conversation is whose now.
fn given(all: &[Triaged]) -> Vec<(ConversationId, AgentId)> {
    let pair = |given: &Triaged| {
        assert_eq!(given.before.assigned_to, None);
        let after = &given.update.conversation;
        assert!(after.revision > given.before.revision);
        let agent = after.assigned_to.as_ref().unwrap();
        (after.id, agent.id)
    };
    all.iter().map(pair).collect()
}

impl World {
    /// A further visitor who says something at once; `n` above 1 and not used before.
    async fn visitor_says(&self, n: u32, seconds: i64) -> ConversationId {
        let id = self.another_conversation(n).await;
        let mut new = message(id, Sender::Visitor, "hello?");
        new.at = at(seconds);
        posted(self.post(new).await);
        id
    }

    /// The agent answers it.
    async fn is_answered(&self, id: ConversationId, seconds: i64) {
        let mut new = message(id, Sender::Agent(self.agent.id), "hello");
        new.at = at(seconds);
        posted(self.post(new).await);
    }

    async fn hand_over(
        &self,
        id: ConversationId,
        to: Option<AgentId>,
        released: bool,
    ) -> TriageOutcome {
        let triage = Triage {
            agent_id: Some(to),
            released,
            ..Triage::of(id, at(3))
        };
        self.triage(triage).await
    }
}

/// Off at first; with the team that it names goes its assignment, and what it closes stays.
pub async fn a_widgets_routing_comes_back_as_it_was_set(store: Arc<dyn Store>) {
    let widget = make_widget(&store, 1).await.id;
    let other = make_widget(&store, 2).await.id;
    let team = make_team(&store, "sales", Vec::new()).await.id;
    let off = WidgetRouting::default();
    assert_eq!(store.routing(widget).await.unwrap(), Some(off));
    assert_eq!(store.routing(NO_WIDGET).await.unwrap(), None);
    assert_eq!(
        set(&store, widget, off).await,
        RoutingOutcome::Unchanged(off)
    );

    let routing = WidgetRouting {
        assignment: Assignment::LeastBusy,
        team_id: Some(team),
        close_after: Some(CloseAfter::parse(8_760).unwrap()),
    };
    let saved = set(&store, widget, routing).await;
    assert_eq!(saved, RoutingOutcome::Saved(routing));
    let again = set(&store, widget, routing).await;
    assert_eq!(again, RoutingOutcome::Unchanged(routing));
    let wrong = WidgetRouting {
        team_id: Some(NO_TEAM),
        ..routing
    };
    let refused = set(&store, widget, wrong).await;
    assert_eq!(refused, RoutingOutcome::UnknownTeam);
    let refused = set(&store, NO_WIDGET, routing).await;
    assert_eq!(refused, RoutingOutcome::UnknownWidget);
    assert_eq!(store.routing(widget).await.unwrap(), Some(routing));
    assert_eq!(store.routing(other).await.unwrap(), Some(off));

    store.delete_team(team, nothing()).await.unwrap().unwrap();
    let without = WidgetRouting {
        assignment: Assignment::Off,
        team_id: None,
        ..routing
    };
    assert_eq!(store.routing(widget).await.unwrap(), Some(without));
}

/// What holds for everybody holds where nothing else does.
pub async fn a_capacity_is_an_agents_own_or_everybodys(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    let ana = world.agent.id;
    assert!(world.agent.available);
    assert_eq!(world.agent.capacity, None);
    let bea = make_agent(store, "bea").await.id;
    set(store, world.widget.id, by(Assignment::RoundRobin)).await;
    for n in 2..10 {
        world.visitor_says(n, i64::from(n)).await;
    }
    let two = Some(Capacity::parse(2).unwrap());
    assert_eq!(store.default_capacity().await.unwrap(), None);
    assert!(store.set_default_capacity(two, nothing()).await.unwrap());
    assert!(!store.set_default_capacity(two, nothing()).await.unwrap());
    assert_eq!(store.default_capacity().await.unwrap(), two);
    set_capacity(store, bea, 1).await;
    let shares = |all: Vec<Triaged>| {
        let mut shares = BTreeMap::new();
        for (_, agent) in given(&all) {
            *shares.entry(agent).or_insert(0) += 1;
        }
        shares
    };
    let first = shares(give_away(store, &[ana, bea]).await);
    assert_eq!(first, BTreeMap::from([(ana, 2), (bea, 1)]));
    assert!(store.somebody_awaits().await.unwrap());

    let own = UpdateAgent {
        capacity: Some(None),
        ..UpdateAgent::of(bea)
    };
    assert_eq!(update(store, own).await.capacity, None);
    let second = shares(give_away(store, &[ana, bea]).await);
    assert_eq!(second, BTreeMap::from([(bea, 1)]));
    assert!(store.set_default_capacity(None, nothing()).await.unwrap());
    assert_eq!(store.default_capacity().await.unwrap(), None);
    let rest = give_away(store, &[ana, bea]).await;
    assert_eq!(rest.len(), 4);
    assert!(!store.somebody_awaits().await.unwrap());
    assert!(give_away(store, &[ana, bea]).await.is_empty());
}

/// From a message of its visitor until somebody has it or has answered; one that was given to nobody awaits none.
pub async fn a_conversation_awaits_an_agent_until_it_has_one(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    let (id, ana) = (world.id, world.agent.id);
    assert!(!world.say("is anybody there?").await.awaits_agent);
    assert!(!store.somebody_awaits().await.unwrap());
    set(store, world.widget.id, by(Assignment::RoundRobin)).await;
    assert!(!store.somebody_awaits().await.unwrap());
    assert!(world.say("hello?").await.awaits_agent);
    assert!(store.somebody_awaits().await.unwrap());
    assert!(!world.answer("yes").await.awaits_agent);
    assert!(!store.somebody_awaits().await.unwrap());
    assert!(world.say("good").await.awaits_agent);

    changed(world.hand_over(id, Some(ana), false).await);
    assert!(!store.somebody_awaits().await.unwrap());
    assert!(!world.say("are you?").await.awaits_agent);
    // Somebody decided that nobody is to have it.
    changed(world.hand_over(id, None, false).await);
    assert!(!world.say("hello?").await.awaits_agent);
    assert!(give_away(store, &[ana]).await.is_empty());
    // Somebody has had it again, and has left.
    changed(world.hand_over(id, Some(ana), false).await);
    changed(world.hand_over(id, None, true).await);
    assert!(store.somebody_awaits().await.unwrap());
    assert_eq!(given(&give_away(store, &[ana]).await), [(id, ana)]);

    // What is closed or put aside is given to nobody; what a widget does not give away any more neither.
    changed(world.hand_over(id, None, true).await);
    for status in [Status::Closed, Status::Snoozed] {
        world.set_status(status).await;
        assert!(!store.somebody_awaits().await.unwrap(), "{status:?}");
        assert!(give_away(store, &[ana]).await.is_empty(), "{status:?}");
    }
    world.set_status(Status::Active).await;
    assert!(store.somebody_awaits().await.unwrap());
    set(store, world.widget.id, WidgetRouting::default()).await;
    assert!(!store.somebody_awaits().await.unwrap());
    assert!(give_away(store, &[ana]).await.is_empty());
}

/// Unless somebody has it, or has decided that nobody is to.
pub async fn a_conversation_that_wakes_awaits_an_agent(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    let ana = world.agent.id;
    let mut ids = Vec::new();
    for n in 2..5 {
        let id = world.visitor_says(n, 1).await;
        world.is_answered(id, 2).await;
        ids.push(id);
    }
    let [kept, left, unwanted] = [ids[0], ids[1], ids[2]];
    set(store, world.widget.id, by(Assignment::LeastBusy)).await;
    changed(world.hand_over(kept, Some(ana), false).await);
    changed(world.hand_over(unwanted, Some(ana), false).await);
    changed(world.hand_over(unwanted, None, false).await);
    for id in [kept, left, unwanted] {
        let snooze = Triage {
            status: Some(Status::Snoozed),
            snoozed_until: Some(at(50)),
            ..Triage::of(id, at(10))
        };
        changed(world.triage(snooze).await);
        let woken = store.wake(id, at(50), nothing()).await.unwrap();
        assert!(matches!(woken, WakeOutcome::Woken(_)));
    }
    assert_eq!(given(&give_away(store, &[ana]).await), [(left, ana)]);
}

/// The order is kept from one call to the next, and only those are asked who are there, available, active, of the team, and may answer.
pub async fn turns_go_round_among_those_who_are_asked(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    let ana = world.agent.id;
    let mut agents = vec![ana];
    for name in ["bea", "cem", "away", "left", "viewer", "absent", "other"] {
        agents.push(make_agent(store, name).await.id);
    }
    let [_, bea, cem, away, left, viewer, absent, other] = agents[..] else {
        panic!("eight were made")
    };
    let (gone, is_away, reads) = (
        UpdateAgent {
            deactivated_at: Some(Some(at(1))),
            ..UpdateAgent::of(left)
        },
        UpdateAgent {
            available: Some(false),
            ..UpdateAgent::of(away)
        },
        UpdateAgent {
            role: Some(AgentRole::Viewer),
            ..UpdateAgent::of(viewer)
        },
    );
    for change in [gone, is_away, reads] {
        update(store, change).await;
    }
    let members = vec![ana, bea, cem, away, left, viewer, absent];
    let team = make_team(store, "sales", members).await.id;
    let routing = WidgetRouting {
        team_id: Some(team),
        ..by(Assignment::RoundRobin)
    };
    set(store, world.widget.id, routing).await;
    let present = [other, viewer, left, away, cem, bea, ana];

    let mut turns = Vec::new();
    for n in 2..5 {
        let id = world.visitor_says(n, 100 - i64::from(n)).await;
        let given = given(&give_away(store, &present).await);
        assert_eq!(given.len(), 1);
        assert_eq!(given[0].0, id);
        turns.push(given[0].1);
    }
    assert_eq!(turns, [ana, bea, cem]);
    // One is gone for a turn, and is the next then.
    world.visitor_says(5, 200).await;
    world.visitor_says(6, 201).await;
    let without_ana = given(&give_away(store, &present[..6]).await);
    let agents_of = |pairs: &[(_, AgentId)]| pairs.iter().map(|it| it.1).collect::<Vec<_>>();
    assert_eq!(agents_of(&without_ana), [bea, cem]);
    for n in 7..11 {
        world.visitor_says(n, 300 + i64::from(n)).await;
    }
    let with_ana = given(&give_away(store, &present).await);
    assert_eq!(agents_of(&with_ana), [ana, bea, cem, ana]);
    world.visitor_says(11, 400).await;
    assert!(
        give_away(store, &[other, viewer, left, away])
            .await
            .is_empty()
    );
    assert!(give_away(store, &[]).await.is_empty());
}

/// Those that were closed or put aside do not count.
pub async fn the_least_busy_is_given_the_next(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    let (ana, bea) = (world.agent.id, make_agent(store, "bea").await.id);
    let mut ids = Vec::new();
    for n in 2..6 {
        ids.push(world.visitor_says(n, 1).await);
    }
    for id in &ids {
        changed(world.hand_over(*id, Some(ana), false).await);
    }
    for id in &ids[..2] {
        changed(world.hand_over(*id, Some(bea), false).await);
    }
    for (id, status) in [(ids[2], Status::Closed), (ids[3], Status::Snoozed)] {
        let triage = Triage {
            status: Some(status),
            ..Triage::of(id, at(4))
        };
        changed(world.triage(triage).await);
    }
    set(store, world.widget.id, by(Assignment::LeastBusy)).await;
    for n in 6..9 {
        world.visitor_says(n, 10 + i64::from(n)).await;
    }
    let turns = given(&give_away(store, &[bea, ana]).await);
    let turns: Vec<AgentId> = turns.into_iter().map(|(_, agent)| agent).collect();
    // None against two, one against two, then two against two, of whom the one was never given any.
    assert_eq!(turns, [ana, ana, bea]);
}

/// Whichever widget they are of; one that nobody can answer keeps no other waiting.
pub async fn those_who_have_waited_longest_come_first(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    let ana = world.agent.id;
    let nobodys = make_team(store, "nobody", Vec::new()).await.id;
    let stuck = make_widget(store, 2).await.id;
    let open = super::world::open(
        stuck,
        crate::VisitorClaim::New {
            token: super::world::token(70),
        },
    );
    let opened = store.open_conversation(open, nothing()).await.unwrap();
    let routing = WidgetRouting {
        team_id: Some(nobodys),
        ..by(Assignment::RoundRobin)
    };
    set(store, stuck, routing).await;
    set(store, world.widget.id, by(Assignment::RoundRobin)).await;
    set_capacity(store, ana, 1).await;
    posted(
        world
            .post(message(opened.conversation.id, Sender::Visitor, "first"))
            .await,
    );
    let second = world.visitor_says(3, 20).await;
    let first = world.visitor_says(2, 10).await;
    let third = world.visitor_says(4, 30).await;
    // Saying it again moves nobody back.
    let mut again = message(first, Sender::Visitor, "hello??");
    again.at = at(40);
    posted(world.post(again).await);
    for id in [first, second, third] {
        assert_eq!(given(&give_away(store, &[ana]).await), [(id, ana)]);
        assert!(give_away(store, &[ana]).await.is_empty());
        let over = Triage {
            status: Some(Status::Closed),
            ..Triage::of(id, at(50))
        };
        changed(world.triage(over).await);
    }
    assert!(give_away(store, &[ana]).await.is_empty());
}

/// However many ask at once, whoever else writes, closes, or takes one by hand meanwhile.
pub async fn nobody_is_given_more_than_its_capacity(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    let mut agents = vec![world.agent.id];
    for name in ["bea", "cem", "dora"] {
        agents.push(make_agent(store, name).await.id);
    }
    let capacities = [3, 1, 0, 5];
    for (agent, capacity) in agents.iter().zip(capacities) {
        set_capacity(store, *agent, capacity).await;
    }
    // By hand, one may have more; it is given none then.
    let full = world.visitor_says(2, 1).await;
    changed(world.hand_over(full, Some(agents[1]), false).await);
    for (round, assignment) in [Assignment::RoundRobin, Assignment::LeastBusy]
        .into_iter()
        .cycle()
        .take(6)
        .enumerate()
    {
        set(store, world.widget.id, by(assignment)).await;
        let mut ids = Vec::new();
        for n in 0..4 {
            ids.push(world.another_conversation(10 + round as u32 * 4 + n).await);
        }
        let (all, ids) = (Arc::new(agents.clone()), Arc::new(ids));
        let outcomes = at_once(24, |n| {
            let (store, all, ids) = (Arc::clone(store), Arc::clone(&all), Arc::clone(&ids));
            async move {
                match n % 6 {
                    // Visitors write.
                    0 => {
                        let id = ids[(n / 6) as usize];
                        let new = message(id, Sender::Visitor, "hello?");
                        store.post_message(new, nothing()).await.unwrap();
                        Vec::new()
                    }
                    // An agent takes one, if it is still nobody's, and somebody closes one.
                    1 if n < 6 => {
                        let take = Triage {
                            agent_id: Some(Some(all[3])),
                            ..Triage::of(ids[0], at(60))
                        };
                        store.triage(take, nothing()).await.unwrap();
                        Vec::new()
                    }
                    2 if n < 6 => {
                        let over = Triage {
                            status: Some(Status::Closed),
                            ..Triage::of(ids[1], at(60))
                        };
                        store.triage(over, nothing()).await.unwrap();
                        Vec::new()
                    }
                    // Workers give away.
                    _ => {
                        let given = store.assign_waiting(all.to_vec(), nothing());
                        given.await.unwrap()
                    }
                }
            }
        })
        .await;
        let given = given(&outcomes.concat());
        let distinct: BTreeSet<_> = given.iter().map(|(id, _)| *id).collect();
        assert_eq!(distinct.len(), given.len(), "given twice: {given:?}");
        for (agent, capacity) in agents.iter().zip(capacities) {
            let load = load(&world, *agent).await;
            let got = given.iter().filter(|(_, to)| to == agent).count();
            // Only what was taken by hand may have come on top, one in a round.
            let by_hand = if agent == &agents[3] { round + 1 } else { 0 };
            assert!(
                load <= capacity as usize + by_hand,
                "round {round}: {agent:?} has {load} of {capacity}, {got} of them now"
            );
            assert!(got == 0 || ![agents[1], agents[2]].contains(agent));
        }
    }
}

/// How many open conversations an agent has that are not put aside.
async fn load(world: &World, agent: AgentId) -> usize {
    let ids = world.store.open_conversations_of(agent, 200).await.unwrap();
    let mut n = 0;
    for id in ids {
        let conversation = world.store.conversation(id).await.unwrap().unwrap();
        n += usize::from(conversation.status != Status::Snoozed);
    }
    n
}

/// What is left is given by the next call.
pub async fn so_many_are_given_away_at_once_and_no_more(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    set(store, world.widget.id, by(Assignment::RoundRobin)).await;
    for n in 0..=MAX_ASSIGNED as u32 {
        world.visitor_says(2 + n, 1).await;
    }
    let present = [world.agent.id];
    assert_eq!(give_away(store, &present).await.len(), MAX_ASSIGNED);
    assert_eq!(give_away(store, &present).await.len(), 1);
    assert!(give_away(store, &present).await.is_empty());
}

/// One who has it already keeps it: that it changed otherwise is no assignment.
pub async fn only_who_can_answer_is_given_a_conversation(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    let (left, viewer) = (
        make_agent(store, "left").await.id,
        make_agent(store, "viewer").await.id,
    );
    let kept = world.visitor_says(2, 1).await;
    changed(world.hand_over(kept, Some(left), false).await);
    let gone = UpdateAgent {
        deactivated_at: Some(Some(at(1))),
        ..UpdateAgent::of(left)
    };
    let reads = UpdateAgent {
        role: Some(AgentRole::Viewer),
        ..UpdateAgent::of(viewer)
    };
    for change in [gone, reads] {
        update(store, change).await;
    }
    for agent in [left, viewer] {
        let refused = world.assign(Some(agent)).await;
        assert_eq!(refused, TriageOutcome::AgentCannotAnswer);
        assert_eq!(world.conversation().await.assigned_to, None);
    }
    let close = Triage {
        status: Some(Status::Closed),
        agent_id: Some(Some(left)),
        ..Triage::of(kept, at(5))
    };
    let row = changed(world.triage(close).await);
    assert_eq!(row.conversation.assigned_to.map(|it| it.id), Some(left));
}

/// To the microsecond; not while a visitor waits or it is put aside, and not by a widget that does not say so.
pub async fn silence_after_an_answer_closes_a_conversation(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    let waits = world.visitor_says(2, 0).await;
    let [silent, aside, later] = [3, 4, 5];
    let mut ids = Vec::new();
    for (n, seconds) in [(silent, 10), (aside, 10), (later, 20)] {
        let id = world.visitor_says(n, 1).await;
        world.is_answered(id, seconds).await;
        ids.push(id);
    }
    let snooze = Triage {
        status: Some(Status::Snoozed),
        ..Triage::of(ids[1], at(11))
    };
    changed(world.triage(snooze).await);
    let end = at(10).plus_seconds(2 * HOUR);
    let just_before = Timestamp::from_micros(end.as_micros() - 1);
    assert!(close(store, at(1_000_000)).await.is_empty());
    set(store, world.widget.id, closing(2)).await;
    assert!(close(store, just_before).await.is_empty());
    assert_eq!(close(store, end).await, [ids[0]]);
    assert!(close(store, end).await.is_empty());
    assert_eq!(close(store, at(1_000_000)).await, [ids[2]]);
    // What nobody has said anything in is no conversation yet.
    for id in [waits, ids[1], world.id] {
        let conversation = store.conversation(id).await.unwrap().unwrap();
        assert_ne!(conversation.status, Status::Closed);
    }
    // Reports count it as one that an agent has closed.
    let span = ReportSpan {
        from: at(0),
        until: at(2_000_000),
    };
    let facts = store.report_facts(ReportFilter::all(span), false).await;
    let mut closed: Vec<_> = facts
        .unwrap()
        .into_iter()
        .filter(|fact| matches!(fact.event, ReportEvent::Closed { .. }))
        .map(|fact| (fact.conversation_id, fact.at))
        .collect();
    closed.sort_unstable();
    assert_eq!(closed, [(ids[0], end), (ids[2], at(1_000_000))]);
}

/// So that whoever opens it again, or put it aside, finds it open.
pub async fn silence_is_counted_from_the_last_reopening(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    let (reopened, woken) = (
        world.visitor_says(2, 1).await,
        world.visitor_says(3, 1).await,
    );
    for id in [reopened, woken] {
        world.is_answered(id, 2).await;
    }
    let to = |id, status, seconds| Triage {
        status: Some(status),
        snoozed_until: (status == Status::Snoozed).then(|| at(5 * HOUR)),
        ..Triage::of(id, at(seconds))
    };
    changed(world.triage(to(reopened, Status::Closed, 3)).await);
    changed(world.triage(to(woken, Status::Snoozed, 3)).await);
    set(store, world.widget.id, closing(1)).await;
    changed(world.triage(to(reopened, Status::Active, 4 * HOUR)).await);
    let wake = store.wake(woken, at(5 * HOUR), nothing()).await.unwrap();
    assert!(matches!(wake, WakeOutcome::Woken(_)));
    assert!(close(store, at(5 * HOUR - 1)).await.is_empty());
    assert_eq!(close(store, at(5 * HOUR)).await, [reopened]);
    // Another status that is open is no reopening.
    changed(
        world
            .triage(to(woken, Status::Pending, 5 * HOUR + 10))
            .await,
    );
    assert!(close(store, at(6 * HOUR - 1)).await.is_empty());
    assert_eq!(close(store, at(6 * HOUR)).await, [woken]);
}

/// A message is in an open conversation, or is told that it is closed; never is one closed over a message that came before.
pub async fn a_message_in_the_same_moment_is_not_closed_over(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    set(store, world.widget.id, closing(1)).await;
    for n in 2..12 {
        let id = world.visitor_says(n, 1).await;
        world.is_answered(id, 2).await;
        let outcomes = at_once(2, |who| {
            let store = Arc::clone(store);
            async move {
                if who == 0 {
                    close(&store, at(2 + HOUR)).await;
                    return None;
                }
                let mut new = message(id, Sender::Visitor, "one more thing");
                new.at = at(2 + HOUR);
                Some(store.post_message(new, nothing()).await.unwrap())
            }
        })
        .await;
        let status = store.conversation(id).await.unwrap().unwrap().status;
        match outcomes.into_iter().flatten().next() {
            Some(PostOutcome::Posted(_)) => assert_eq!(status, Status::Active),
            Some(PostOutcome::Closed) => assert_eq!(status, Status::Closed),
            other => panic!("{other:?}"),
        }
    }
}

/// Those in which nothing was said for longest come first.
pub async fn so_many_are_closed_at_once_and_no_more(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = &world.store;
    set(store, world.widget.id, closing(1)).await;
    let mut ids = Vec::new();
    for n in 0..=MAX_CLOSED {
        let id = world.visitor_says(2 + n, 1).await;
        world.is_answered(id, 1_000 - i64::from(n)).await;
        ids.push(id);
    }
    ids.reverse();
    let (first, last) = ids.split_at(MAX_CLOSED as usize);
    assert_eq!(close(store, at(2 * HOUR)).await, first);
    assert_eq!(close(store, at(2 * HOUR)).await, last);
}
