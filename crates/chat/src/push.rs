//! Web Push: the browsers of an agent that are told of messages while no inbox is looked at. By a login only, never by a token.
//!
//! A message makes a job (`antiphon_broadcast::WebPush`) that finds out whom it concerns; each browser then has a job of its own, which
//! waits for its push service alone. Both are in `push/send`, and what they tell in
//! `push/news`.

mod news;
mod send;

pub use send::{DuePush, PUSH_SEND_JOBS, PushAnswer, PushJobError, PushResult};

use crate::access::{own, require};
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_broadcast::WebPush;
use antiphon_domain::{
    Attention, Invalid, Permission, PushEndpoint, PushKeys, PushSecret, PushSubscription,
    PushSubscriptionId, SessionId,
};
use antiphon_push::VapidKey;
use antiphon_store::{
    FollowUp, ListedPushSubscription, MAX_PUSH_SUBSCRIPTIONS, Subscribe, SubscribeOutcome,
};
use std::sync::Arc;

/// For how long an agent is taken to be looking after the page last said so, in seconds. The page says it every minute, and a page that ends
/// without a word is forgotten soon after.
pub const LOOKING_SECONDS: i64 = 90;

/// How push services are reached, and who hears whether there is anybody to be told.
#[derive(Clone)]
pub struct PushPort {
    /// Hears whether anybody is subscribed.
    pub told: Arc<WebPush>,
    /// How push services reach whoever runs this server: a `mailto:` or `https:` address.
    pub contact: Option<String>,
    /// Whether a push service may be at an address that is not public, and be reached without TLS.
    pub allow_private: bool,
    /// Whether an address may be a public one, as far as it can be told from its text.
    pub may_be_public: fn(&str) -> bool,
}

impl std::fmt::Debug for PushPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushPort").finish_non_exhaustive()
    }
}

/// A subscription as a browser gives it.
#[derive(Debug)]
pub struct SubscribeRequest {
    /// Where its push service takes messages.
    pub endpoint: String,
    /// Its public key, `p256dh`, as base64url.
    pub public_key: String,
    /// Its secret, `auth`, as base64url.
    pub auth: String,
    /// Of what it is told; what is absent stays.
    pub notify_of: Option<Attention>,
    /// Whether messages carry the beginning of what was written; what is absent stays.
    pub with_text: Option<bool>,
}

/// The caller's browsers.
#[derive(Debug)]
pub struct PushList {
    /// What a browser subscribes with, as base64url.
    pub public_key: String,
    /// The caller's session.
    pub session: SessionId,
    /// The browsers, oldest first.
    pub subscriptions: Vec<ListedPushSubscription>,
    /// The one of the caller's own session.
    pub current: Option<PushSubscriptionId>,
}

impl Chat {
    /// The caller's browsers, and what a further one subscribes with.
    pub async fn push_subscriptions(&self, principal: &Principal) -> Result<PushList, ChatError> {
        let (caller, session) = own(principal)?;
        let (store, now) = (&self.ports.store, self.ports.clock.now());
        let subscriptions = store.push_subscriptions(caller.agent.id, now).await?;
        let current = subscriptions
            .iter()
            .find(|listed| listed.subscription.session_id == session);
        Ok(PushList {
            public_key: self.vapid_key().await?.public_key(),
            session,
            current: current.map(|listed| listed.subscription.id),
            subscriptions,
        })
    }

    /// Subscribes the caller's browser, or changes its subscription: a session has one.
    pub async fn subscribe(
        &self,
        principal: &Principal,
        request: SubscribeRequest,
    ) -> Result<PushSubscription, ChatError> {
        let (caller, session_id) = own(principal)?;
        // Whoever has to set up a second factor first is told nothing yet.
        require(principal, Permission::Read)?;
        let mut errors = FieldErrors::default();
        let endpoint = errors.check("endpoint", self.parse_endpoint(&request.endpoint));
        let public_key = PushKeys::parse_public_key(&request.public_key);
        let public_key = errors.check("keys.p256dh", public_key);
        let auth = errors.check("keys.auth", PushKeys::parse_auth(&request.auth));
        errors.finish()?;
        let (Some(endpoint), Some(public_key), Some(auth)) = (endpoint, public_key, auth) else {
            return Err(ChatError::Internal(
                "a field without an error has no value".into(),
            ));
        };
        let subscribe = Subscribe {
            agent_id: caller.agent.id,
            session_id,
            endpoint,
            keys: PushKeys { public_key, auth },
            notify_of: request.notify_of,
            with_text: request.with_text,
            at: self.ports.clock.now(),
        };
        match self.ports.store.subscribe(subscribe).await? {
            SubscribeOutcome::Subscribed(made) => {
                self.ports.push.told.subscribed();
                Ok(made)
            }
            SubscribeOutcome::TooMany => Err(FieldErrors::one(
                "endpoint",
                format!("cannot be added: you have {MAX_PUSH_SUBSCRIPTIONS} browsers already"),
            )
            .into()),
            SubscribeOutcome::UnknownSession => Err(ChatError::Unauthenticated),
        }
    }

    /// Ends one of the caller's subscriptions.
    pub async fn unsubscribe(
        &self,
        principal: &Principal,
        id: PushSubscriptionId,
    ) -> Result<(), ChatError> {
        let (caller, _) = own(principal)?;
        match self.ports.store.unsubscribe(caller.agent.id, id).await? {
            true => Ok(()),
            false => Err(ChatError::NotFound("subscription")),
        }
    }

    /// Sends a test to one of the caller's browsers, also while the caller is looking.
    pub async fn test_push(
        &self,
        principal: &Principal,
        id: PushSubscriptionId,
    ) -> Result<(), ChatError> {
        let (caller, _) = own(principal)?;
        let at = self.ports.clock.now();
        let job = FollowUp::jobs(move |found: &bool| {
            found.then(|| send::test_job(id, at)).into_iter().collect()
        });
        let store = &self.ports.store;
        match store.test_push(caller.agent.id, id, job).await? {
            true => Ok(()),
            false => Err(ChatError::NotFound("subscription")),
        }
    }

    /// The caller looks at an inbox, or looks away. While it looks, none of its browsers is told.
    pub async fn note_looking(&self, principal: &Principal, looks: bool) -> Result<(), ChatError> {
        let (_, session) = own(principal)?;
        let until = self.ports.clock.now().plus_seconds(LOOKING_SECONDS);
        let store = &self.ports.store;
        Ok(store.note_looking(session, looks.then_some(until)).await?)
    }

    /// Reads whether anybody is subscribed, for what happens from now on. Every process does so now and then; the one where somebody
    /// subscribes, at once.
    pub async fn read_push_subscribers(&self) -> Result<(), ChatError> {
        let told = &self.ports.push.told;
        let n_subscribed = told.n_subscribed();
        let anybody = self.ports.store.is_anybody_subscribed().await?;
        told.replace(anybody, n_subscribed);
        Ok(())
    }

    fn parse_endpoint(&self, text: &str) -> Result<PushEndpoint, Invalid> {
        let endpoint = PushEndpoint::parse(text)?;
        let port = &self.ports.push;
        if port.allow_private {
            return Ok(endpoint);
        }
        if !endpoint.is_https() {
            return Err(Invalid::new("must begin with https://"));
        }
        match (port.may_be_public)(endpoint.as_str()) {
            true => Ok(endpoint),
            false => Err(Invalid::new("must be on the public internet")),
        }
    }

    /// The installation's key, made when it is first asked for; the same in every process.
    async fn vapid_key(&self) -> Result<&VapidKey, ChatError> {
        if let Some(key) = self.vapid.get() {
            return Ok(key);
        }
        let store = &self.ports.store;
        let secret = match store.push_secret().await? {
            Some(secret) => secret,
            None => store.keep_push_secret(self.new_push_secret()?).await?,
        };
        let key = VapidKey::from_private_key(secret.reveal()).ok_or_else(|| {
            ChatError::Internal("the key for push services that is stored is none".into())
        })?;
        Ok(self.vapid.get_or_init(|| key))
    }

    fn new_push_secret(&self) -> Result<PushSecret, ChatError> {
        loop {
            let bytes = self.ports.random.bytes()?;
            // All but one of four billion are keys.
            if VapidKey::from_private_key(&bytes).is_some() {
                return Ok(PushSecret::from_bytes(bytes));
            }
        }
    }
}
