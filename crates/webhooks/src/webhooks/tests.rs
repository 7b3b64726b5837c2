//! Time is tokio's paused clock, and the network is a function: minutes of retries take no time, and nothing is left to chance.

use super::*;
use crate::settings::{Webhook, WebhookUrl};
use antiphon_outbound::{Post, PostError};
use antiphon_protocol::ChannelName;
use antiphon_realtime::{OccurrenceKind, Secret};
use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::time::{Instant, advance, sleep};

/// What a target does with the n-th post that it gets, the first being 0.
type Answer = fn(host: &str, n: usize) -> Result<u16, PostError>;

struct FakeNetwork {
    answer: Answer,
    /// How long each answer of the host `slow` takes.
    slow: Duration,
    posts: Mutex<Vec<(Duration, Post)>>,
    start: Instant,
}

#[async_trait]
impl Transport for FakeNetwork {
    async fn post(&self, post: Post) -> Result<u16, PostError> {
        let host = post.url.host().unwrap().to_owned();
        let n = self.note(&host, post);
        if host == "slow" {
            sleep(self.slow).await;
        }
        (self.answer)(&host, n)
    }
}

impl FakeNetwork {
    /// Keeps a post, and gives how many there were to its host before.
    fn note(&self, host: &str, post: Post) -> usize {
        let mut posts = self.posts.lock();
        let hosts = posts.iter().map(|(_, post)| post.url.host());
        let n = hosts.filter(|known| *known == Some(host)).count();
        posts.push((self.start.elapsed(), post));
        n
    }

    /// What was posted to this host, with the time since the start.
    fn to(&self, host: &str) -> Vec<(Duration, Value)> {
        let posts = self.posts.lock();
        let there = posts
            .iter()
            .filter(|(_, post)| post.url.host() == Some(host));
        there
            .map(|(at, post)| (*at, serde_json::from_slice(&post.body).unwrap()))
            .collect()
    }

    /// The names and channels of the events that were posted to this host, for each post.
    fn events(&self, host: &str) -> Vec<Vec<String>> {
        let event = |event: &Value| {
            let text = |name: &str| event[name].as_str().unwrap().to_owned();
            format!("{} {}", text("name"), text("channel"))
        };
        let posts = self.to(host).into_iter();
        posts
            .map(|(_, body)| {
                body["events"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(event)
                    .collect()
            })
            .collect()
    }
}

const RANDOM: u32 = u32::MAX / 2;

fn start(answer: Answer) -> (Webhooks, Arc<FakeNetwork>) {
    let network = Arc::new(FakeNetwork {
        answer,
        slow: Duration::from_secs(10),
        posts: Mutex::default(),
        start: Instant::now(),
    });
    let surroundings = Surroundings {
        unix_ms: || 1_327_078_148_132,
        random: || RANDOM,
    };
    let transport = Arc::clone(&network) as Arc<dyn Transport>;
    let webhooks = Webhooks::over(transport, surroundings, &Handle::current());
    (webhooks, network)
}

fn taken(_: &str, _: usize) -> Result<u16, PostError> {
    Ok(200)
}

fn target(host: &str) -> Webhook {
    let mut webhook = Webhook::new(WebhookUrl::parse(&format!("http://{host}/hook")).unwrap());
    webhook.batch = Duration::ZERO;
    webhook
}

fn settings(id: &str, webhooks: Vec<Webhook>) -> AppWebhooks {
    AppWebhooks {
        app_id: id.to_owned(),
        key: format!("key-{id}"),
        secret: Secret::new(format!("secret-{id}")),
        webhooks,
    }
}

fn app(id: &str) -> Arc<App> {
    Arc::new(App::new(id, format!("key-{id}"), format!("secret-{id}")))
}

fn name(text: &str) -> ChannelName {
    ChannelName::parse(text).unwrap()
}

fn occupied(channel: &str) -> Occurrence {
    Occurrence::ChannelOccupied {
        channel: name(channel),
    }
}

fn vacated(channel: &str) -> Occurrence {
    Occurrence::ChannelVacated {
        channel: name(channel),
    }
}

fn client_event(channel: &str, data: &str) -> Occurrence {
    Occurrence::ClientEvent {
        channel: name(channel),
        event: "client-a".into(),
        data: Some(data.into()),
        socket_id: "1.2".parse().unwrap(),
        user_id: None,
    }
}

/// Lets everything happen that happens in this time.
async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_is_signed_with_the_key_and_secret_of_its_app() {
    let (webhooks, network) = start(taken);
    let mut webhook = target("a");
    webhook.headers =
        crate::WebhookHeaders::new([("authorization", "Bearer x"), ("user-agent", "Mine")])
            .unwrap();
    webhooks.configure(vec![settings("1", vec![webhook])]);
    webhooks.occurred(&app("1"), occupied("c"));
    pass(1).await;
    let posts = network.posts.lock();
    let (_, post) = &posts[0];
    let expected =
        r#"{"time_ms":1327078148132,"events":[{"name":"channel_occupied","channel":"c"}]}"#;
    assert_eq!(post.body, expected);
    let header = |name: &str| post.headers.get_all(name).iter().collect::<Vec<_>>();
    assert_eq!(header("content-type"), ["application/json"]);
    assert_eq!(header("x-pusher-key"), ["key-1"]);
    let signature = antiphon_protocol::webhook::sign("secret-1", expected);
    assert_eq!(header("x-pusher-signature"), [&*signature]);
    assert_eq!(header("authorization"), ["Bearer x"]);
    assert_eq!(header("user-agent"), ["Mine"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_delivery_is_tried_for_five_minutes_and_then_given_up() {
    let (webhooks, network) = start(|_, _| Ok(500));
    webhooks.configure(vec![settings("1", vec![target("a")])]);
    webhooks.occurred(&app("1"), occupied("c"));
    pass(600).await;
    let posts = network.to("a");
    let times: Vec<_> = posts
        .iter()
        .map(|(at, _)| at.as_secs_f64().round())
        .collect();
    // Three quarters of 1, 2, 4, 8, 16, 32, 60, 60, 60 … seconds lie between them.
    assert_eq!(
        times,
        [0., 1., 2., 5., 11., 23., 47., 92., 137., 182., 227., 272.]
    );
    assert!(
        posts.iter().all(|(_, body)| *body == posts[0].1),
        "the body stays as it is"
    );
    let record = &webhooks.deliveries("1", 10)[0];
    assert_eq!(record.state, DeliveryState::GivenUp);
    assert_eq!((record.attempts, record.status), (12, Some(500)));
    let metrics = &webhooks.metrics()[0];
    assert_eq!(
        (metrics.retried, metrics.given_up, metrics.delivered),
        (11, 1, 0)
    );
    assert_eq!(metrics.waiting_events, 0);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_comes_back_gets_everything_in_order() {
    let failing = |_: &str, n: usize| match n {
        0..5 => Err(PostError::Failed("connection refused".to_owned())),
        _ => Ok(200),
    };
    let (webhooks, network) = start(failing);
    webhooks.configure(vec![settings("1", vec![target("a")])]);
    for channel in ["x", "y", "z"] {
        webhooks.occurred(&app("1"), occupied(channel));
        pass(1).await;
    }
    let record = &webhooks.deliveries("1", 1)[0];
    assert_eq!(record.state, DeliveryState::Retrying);
    assert_eq!(record.error.as_deref(), Some("connection refused"));
    assert_eq!(webhooks.metrics()[0].waiting_events, 3);
    assert!(webhooks.metrics()[0].oldest_waiting_ms >= 3_000);
    pass(60).await;
    let events = network.events("a");
    assert_eq!(events[..6], vec![["channel_occupied x"]; 6]);
    assert_eq!(
        events[6..],
        [["channel_occupied y"], ["channel_occupied z"]]
    );
    let states: Vec<_> = webhooks
        .deliveries("1", 10)
        .iter()
        .map(|record| record.state)
        .collect();
    assert_eq!(states, [DeliveryState::Delivered; 3]);
}

#[tokio::test(start_paused = true)]
async fn what_fails_while_the_target_is_away_waits_no_longer_than_five_minutes() {
    let (webhooks, network) = start(|_, _| Ok(503));
    webhooks.configure(vec![settings("1", vec![target("a")])]);
    webhooks.occurred(&app("1"), occupied("first"));
    for n in 0..20 {
        webhooks.occurred(&app("1"), occupied(&format!("next-{n}")));
    }
    pass(295).await;
    webhooks.occurred(&app("1"), occupied("late"));
    pass(10).await;
    let last = network.events("a").pop().unwrap();
    assert_eq!(
        last,
        ["channel_occupied next-0"],
        "its five minutes were not over yet"
    );
    pass(600).await;
    let dropped = webhooks.metrics()[0].dropped_events;
    assert_eq!(dropped, 19, "the others waited behind it for too long");
    let last = network.events("a").pop().unwrap();
    assert_eq!(last, ["channel_occupied late"]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_target_delays_no_other_target_and_no_other_app() {
    let (webhooks, network) = start(taken);
    webhooks.configure(vec![
        settings("1", vec![target("slow"), target("fast")]),
        settings("2", vec![target("other")]),
    ]);
    for n in 0..100 {
        webhooks.occurred(&app("1"), occupied(&n.to_string()));
        webhooks.occurred(&app("2"), occupied(&n.to_string()));
    }
    pass(1).await;
    assert_eq!(network.to("slow").len(), 1);
    assert_eq!(network.to("fast").len(), 100);
    assert_eq!(network.to("other").len(), 100);
    pass(20).await;
    let slow = network.events("slow");
    assert_eq!(
        slow,
        [
            ["channel_occupied 0"],
            ["channel_occupied 1"],
            ["channel_occupied 2"]
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_left_for_a_moment_is_no_news() {
    let (webhooks, network) = start(taken);
    webhooks.configure(vec![settings("1", vec![target("a")])]);
    webhooks.occurred(&app("1"), occupied("c"));
    webhooks.occurred(&app("1"), vacated("c"));
    advance(Duration::from_millis(2_900)).await;
    webhooks.occurred(&app("1"), occupied("c"));
    pass(60).await;
    assert_eq!(network.events("a"), [["channel_occupied c"]]);
    webhooks.occurred(&app("1"), vacated("c"));
    pass(60).await;
    let posts = network.to("a");
    assert_eq!(network.events("a")[1], ["channel_vacated c"]);
    let after = posts[1].0.as_millis();
    assert!(
        (65_900..65_910).contains(&after),
        "3 s after it was left: {after}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_events_of_one_app_and_only_those_the_target_wants() {
    let (webhooks, network) = start(taken);
    let batching = |host: &str, suffix: &str| {
        let mut webhook = target(host);
        webhook.batch = Duration::from_millis(100);
        webhook.channel_suffix = suffix.to_owned();
        webhook.kinds = [OccurrenceKind::ChannelOccupied].into_iter().collect();
        webhook
    };
    webhooks.configure(vec![
        settings("1", vec![batching("all-1", ""), batching("eu-1", "-eu")]),
        settings("2", vec![batching("all-2", "")]),
    ]);
    for n in 0..3 {
        webhooks.occurred(&app("1"), occupied(&format!("one-{n}-eu")));
        webhooks.occurred(&app("1"), occupied(&format!("one-{n}-us")));
        webhooks.occurred(&app("2"), occupied(&format!("two-{n}")));
        webhooks.occurred(&app("1"), client_event("private-x-eu", "1"));
    }
    pass(1).await;
    let one = |n: usize, region: &str| format!("channel_occupied one-{n}-{region}");
    let all: Vec<_> = (0..3).flat_map(|n| [one(n, "eu"), one(n, "us")]).collect();
    assert_eq!(network.events("all-1"), [all]);
    assert_eq!(
        network.events("eu-1"),
        [[one(0, "eu"), one(1, "eu"), one(2, "eu")]]
    );
    let two: Vec<_> = (0..3)
        .map(|n| format!("channel_occupied two-{n}"))
        .collect();
    assert_eq!(network.events("all-2"), [two]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_target_is_not_tried_again() {
    let (webhooks, network) = start(|_, _| Err(PostError::NotPublic));
    webhooks.configure(vec![settings("1", vec![target("a")])]);
    webhooks.occurred(&app("1"), occupied("c"));
    pass(600).await;
    assert_eq!(network.to("a").len(), 1);
    let record = &webhooks.deliveries("1", 1)[0];
    assert_eq!(record.state, DeliveryState::Refused);
    assert!(
        record
            .error
            .as_ref()
            .is_some_and(|error| error.contains("not public"))
    );
    assert_eq!(webhooks.metrics()[0].refused, 1);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_can_be_replayed() {
    let (webhooks, network) = start(|_, n| Ok(if n == 0 { 404 } else { 200 }));
    webhooks.configure(vec![
        settings("1", vec![target("a")]),
        settings("2", vec![]),
    ]);
    webhooks.occurred(&app("1"), occupied("c"));
    pass(10).await;
    let id = webhooks.deliveries("1", 1)[0].id;
    let again = webhooks.replay("1", id).unwrap();
    assert_ne!(again, id);
    pass(10).await;
    let posts = network.to("a");
    assert_eq!(posts.len(), 3);
    assert_eq!(posts[2].1, posts[0].1);
    let record = webhooks.deliveries("1", 1).remove(0);
    assert_eq!((record.id, record.replay_of), (again, Some(id)));
    assert_eq!(
        (record.state, record.attempts),
        (DeliveryState::Delivered, 1)
    );

    assert_eq!(webhooks.replay("1", 99), Err(ReplayError::NotFound));
    assert_eq!(
        webhooks.replay("2", id),
        Err(ReplayError::NotFound),
        "another app's"
    );
    webhooks.configure(vec![settings("1", vec![target("b")])]);
    assert_eq!(webhooks.replay("1", id), Err(ReplayError::NoTarget));
}

#[tokio::test(start_paused = true)]
async fn replays_are_bounded() {
    let (webhooks, _network) = start(taken);
    webhooks.configure(vec![settings("1", vec![target("slow")])]);
    webhooks.occurred(&app("1"), occupied("c"));
    pass(1).await;
    let id = webhooks.deliveries("1", 1)[0].id;
    let replays: Vec<_> = (0..17).map(|_| webhooks.replay("1", id)).collect();
    assert!(replays[..16].iter().all(Result::is_ok));
    assert_eq!(replays[16], Err(ReplayError::TooMany));
}

#[tokio::test(start_paused = true)]
async fn a_new_secret_signs_what_is_tried_again() {
    let (webhooks, network) = start(|_, n| Ok(if n == 0 { 500 } else { 200 }));
    let mut settings = settings("1", vec![target("a")]);
    webhooks.configure(vec![settings.clone()]);
    webhooks.occurred(&app("1"), occupied("c"));
    tokio::task::yield_now().await;
    advance(Duration::from_millis(100)).await;
    settings.secret = Secret::new("new");
    webhooks.configure(vec![settings]);
    pass(10).await;
    let posts = network.posts.lock();
    let signature =
        antiphon_protocol::webhook::sign("new", std::str::from_utf8(&posts[1].1.body).unwrap());
    assert_eq!(posts[1].1.headers["x-pusher-signature"], *signature);
    assert_ne!(posts[0].1.headers["x-pusher-signature"], *signature);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_no_longer_configured_gets_nothing_more() {
    let (webhooks, network) = start(|_, _| Ok(500));
    webhooks.configure(vec![settings("1", vec![target("a"), target("b")])]);
    webhooks.occurred(&app("1"), occupied("c"));
    pass(1).await;
    let before = network.to("a").len();
    webhooks.configure(vec![settings("1", vec![target("b")])]);
    webhooks.occurred(&app("1"), occupied("d"));
    pass(600).await;
    assert_eq!(network.to("a").len(), before);
    assert!(network.to("b").len() > before, "it goes on where it was");
    webhooks.configure(Vec::new());
    webhooks.occurred(&app("1"), occupied("e"));
    pass(60).await;
    assert_eq!(webhooks.deliveries("1", 10), []);
    assert_eq!(webhooks.metrics(), []);
}

#[tokio::test(start_paused = true)]
async fn the_end_tells_what_is_held_and_tries_everything_once_more() {
    let (webhooks, network) = start(|host, _| Ok(if host == "dead" { 500 } else { 200 }));
    let mut batching = target("a");
    batching.batch = Duration::from_secs(60);
    webhooks.configure(vec![settings(
        "1",
        vec![batching, target("dead"), target("slow")],
    )]);
    webhooks.occurred(&app("1"), occupied("c"));
    pass(5).await;
    webhooks.occurred(&app("1"), vacated("c"));
    let start = Instant::now();
    webhooks.close(Duration::from_secs(2)).await;
    assert_eq!(
        start.elapsed(),
        Duration::from_secs(2),
        "the slow one was not waited for"
    );
    assert_eq!(
        network.events("a"),
        [["channel_occupied c", "channel_vacated c"]]
    );
    assert_eq!(
        network.events("dead").last().unwrap(),
        &["channel_vacated c"]
    );
    assert_eq!(network.events("slow").len(), 1);
    let metrics = &webhooks.metrics()[0];
    assert_eq!((metrics.delivered, metrics.given_up), (1, 2));
    assert_eq!(
        metrics.dropped_events, 2,
        "what the slow one was sent and had not yet"
    );
}

#[tokio::test(start_paused = true)]
async fn what_finds_no_room_is_dropped_and_counted() {
    let (webhooks, network) = start(taken);
    webhooks.configure(vec![settings("1", vec![target("a")])]);
    let data = format!("{:?}", "x".repeat(1 << 20));
    // Nobody takes anything out meanwhile: the dispatcher shares this thread.
    for _ in 0..20 {
        webhooks.occurred(&app("1"), client_event("private-x", &data));
    }
    webhooks.occurred(&app("1"), occupied("c"));
    pass(60).await;
    assert_eq!(webhooks.0.intake_bytes.load(Ordering::Relaxed), 0);
    let names = network.events("a").concat();
    let dropped = webhooks.metrics()[0].dropped_events;
    // Fifteen fit here, and the target's own queue has room for less.
    assert_eq!(names.len() + dropped as usize, 21);
    assert!(dropped >= 5, "{dropped}");
    assert_eq!(names.last().unwrap(), "channel_occupied c");
}
