//! Webhooks: from the configuration to what they are told, and their last moments.

use crate::clock::SystemClock;
use crate::random::SystemRandom;
use antiphon_config::ReverbApp;
use antiphon_realtime::{OccurrenceKind, OccurrenceKinds, Secret};
use antiphon_webhooks::{
    AppWebhooks, Surroundings, Webhook, WebhookHeaders, WebhookUrl, Webhooks, to_observe,
};
use anyhow::Context as _;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long targets may take for what waits when the server stops. With the engine's own end it stays below the ten seconds
/// after which container runtimes kill.
const LAST_CHANCE: Duration = Duration::from_secs(3);

/// Starts the webhooks of these applications. They work whenever the runtime runs.
pub(crate) fn start(apps: &[ReverbApp], runtime: &Runtime) -> anyhow::Result<Webhooks> {
    let surroundings = Surroundings {
        unix_ms: SystemClock::unix_millis,
        random: SystemRandom::number,
    };
    let webhooks = Webhooks::start(surroundings, runtime.handle());
    webhooks.configure(of(apps)?);
    Ok(webhooks)
}

/// Gives the targets what waits for them, as far as they take it now. The engine has stopped.
pub(crate) fn stop(webhooks: &Webhooks, runtime: &Runtime) {
    runtime.block_on(webhooks.close(LAST_CHANCE));
}

/// The webhooks of the configured applications.
pub(crate) fn of(apps: &[ReverbApp]) -> anyhow::Result<Vec<AppWebhooks>> {
    apps.iter()
        .map(|app| {
            of_app(app).with_context(|| format!("the webhooks of the application {:?}", app.id))
        })
        .collect()
}

fn of_app(app: &ReverbApp) -> anyhow::Result<AppWebhooks> {
    let webhooks = app.webhooks.iter().map(|configured| {
        let headers = configured
            .headers
            .iter()
            .map(|(name, value)| (&**name, value.expose()));
        Ok(Webhook {
            kinds: kinds(configured),
            channel_prefix: configured.channel_prefix.clone(),
            channel_suffix: configured.channel_suffix.clone(),
            headers: WebhookHeaders::new(headers)?,
            batch: configured.batch,
            allow_private: configured.allow_private,
            url: WebhookUrl::parse(configured.url.expose())?,
        })
    });
    Ok(AppWebhooks {
        app_id: app.id.clone(),
        key: app.key.clone(),
        secret: Secret::new(app.secret.expose()),
        webhooks: webhooks.collect::<anyhow::Result<_>>()?,
    })
}

/// What the engine has to tell about an application.
pub(crate) fn observed(app: &ReverbApp) -> OccurrenceKinds {
    to_observe(app.webhooks.iter().map(kinds))
}

fn kinds(webhook: &antiphon_config::Webhook) -> OccurrenceKinds {
    let events = webhook.events.iter();
    events
        .filter_map(|name| OccurrenceKind::from_name(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_config::{Config, Sources};

    #[test]
    fn a_configured_webhook_is_told_what_it_says() {
        let vars = [
            ("REVERB_APP_ID", "1"),
            ("REVERB_APP_KEY", "key"),
            ("REVERB_APP_SECRET", "secret"),
            ("ANTIPHON_WEBHOOK_URL", "https://a.example/hook?token=x"),
            ("ANTIPHON_WEBHOOK_EVENTS", "channel_vacated,cache_miss"),
            ("ANTIPHON_WEBHOOK_CHANNEL_PREFIX", "private-"),
            ("ANTIPHON_WEBHOOK_CHANNEL_SUFFIX", "-eu"),
            ("ANTIPHON_WEBHOOK_BATCH_MS", "0"),
            ("ANTIPHON_WEBHOOK_ALLOW_PRIVATE", "on"),
        ];
        let sources = Sources::new(vars.map(|(key, value)| (key.to_owned(), value.to_owned())));
        let config = Config::load(&sources).unwrap();
        let kinds = [OccurrenceKind::ChannelVacated, OccurrenceKind::CacheMiss];
        let webhook = Webhook {
            url: WebhookUrl::parse("https://a.example/hook?token=x").unwrap(),
            kinds: kinds.into_iter().collect(),
            channel_prefix: "private-".to_owned(),
            channel_suffix: "-eu".to_owned(),
            headers: WebhookHeaders::default(),
            batch: Duration::ZERO,
            allow_private: true,
        };
        let expected = AppWebhooks {
            app_id: "1".to_owned(),
            key: "key".to_owned(),
            secret: Secret::new("secret"),
            webhooks: vec![webhook],
        };
        assert_eq!(of(&config.reverb.apps).unwrap(), [expected]);
        let observed: Vec<_> = observed(config.reverb.app()).iter().collect();
        let with_other_half = [
            OccurrenceKind::ChannelOccupied,
            OccurrenceKind::ChannelVacated,
            OccurrenceKind::CacheMiss,
        ];
        assert_eq!(observed, with_other_half);
    }

    #[test]
    fn every_event_of_the_configuration_is_one_that_there_is() {
        let vars = [
            ("REVERB_APP_ID", "1"),
            ("REVERB_APP_KEY", "key"),
            ("REVERB_APP_SECRET", "secret"),
            ("ANTIPHON_WEBHOOK_URL", "https://a.example"),
        ];
        let sources = Sources::new(vars.map(|(key, value)| (key.to_owned(), value.to_owned())));
        let config = Config::load(&sources).unwrap();
        assert_eq!(observed(config.reverb.app()), OccurrenceKinds::all());
        assert_eq!(config.reverb.app().webhooks[0].events.len(), 7);
    }
}
