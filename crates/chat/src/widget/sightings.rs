//! Where widgets were seen: the hosts of the pages that asked for one.
//!
//! A page that asks is noted in memory and waits for nothing; what is noted is written by whoever calls [`Chat::note_sightings`], some
//! hosts at once. What does not fit is left out: the host is noted when its next page asks.

use crate::access::require;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{
    DomainEvent, Permission, SiteHost, TeamSetting, Timestamp, Widget, WidgetId,
};
use antiphon_store::{NewSighting, SIGHTING_SECONDS, Sighting};
use parking_lot::Mutex;
use std::collections::HashMap;
use tokio::sync::Notify;

/// The most that wait to be written, and are written at once.
const MAX_WAITING: usize = 64;
/// The most hosts of which it is remembered that they need not be written again soon; about 400 KB.
const MAX_RECENT: usize = 2_000;

/// What was seen and is not written yet, and what was written a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    seen: Mutex<Seen>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Seen {
    waiting: Vec<NewSighting>,
    /// With which outcome, and when.
    recent: HashMap<(WidgetId, SiteHost), (bool, Timestamp)>,
}

impl Seen {
    /// Whether it is worth writing and there is room for it.
    fn take(&mut self, new: NewSighting) -> bool {
        let is_fresh = |at: Timestamp| at.plus_seconds(SIGHTING_SECONDS) > new.at;
        let key = (new.widget_id, new.host.clone());
        let known = self.recent.get(&key).copied();
        if known.is_some_and(|(answered, at)| answered == new.answered && is_fresh(at))
            || self.waiting.len() >= MAX_WAITING
        {
            return false;
        }
        if known.is_none() && self.recent.len() >= MAX_RECENT {
            self.recent.retain(|_, (_, at)| is_fresh(*at));
            if self.recent.len() >= MAX_RECENT {
                return false;
            }
        }
        self.recent.insert(key, (new.answered, new.at));
        self.waiting.push(new);
        true
    }
}

/// A widget with when it was last seen.
#[derive(Debug)]
pub struct SeenWidget {
    /// The widget.
    pub widget: Widget,
    /// When it last had an answer for a site.
    pub last_seen_at: Option<Timestamp>,
}

/// A host that was seen, and whether its pages would have an answer now.
#[derive(Debug)]
pub struct SeenHost {
    /// The host.
    pub sighting: Sighting,
    /// Whether it is among the allowed domains.
    pub allowed: bool,
}

impl Chat {
    /// A page on this host asked for the widget, and had its answer or was refused. Waits for nothing and never fails: what is no host,
    /// or too much, is left out.
    pub fn saw_widget(&self, widget: &Widget, host: &str, answered: bool) {
        let Ok(host) = SiteHost::parse(host) else {
            return;
        };
        let new = NewSighting {
            widget_id: widget.id,
            host,
            answered,
            at: self.ports.clock.now(),
        };
        if self.sightings.seen.lock().take(new) {
            self.sightings.wake.notify_one();
        }
    }

    /// Waits until something was seen, and writes it. One caller at a time is enough, with a pause between two calls.
    ///
    /// Cancellation-safe while it waits; what is being written when it is cancelled may be written or not.
    pub async fn note_sightings(&self) -> Result<(), ChatError> {
        self.sightings.wake.notified().await;
        let waiting = std::mem::take(&mut self.sightings.seen.lock().waiting);
        let keys: Vec<_> = waiting
            .iter()
            .map(|new| (new.widget_id, new.host.clone()))
            .collect();
        let told = self.announce(None, |noted: &Vec<WidgetId>| {
            (!noted.is_empty()).then_some(DomainEvent::SettingsChanged {
                what: TeamSetting::Sightings,
                agent_id: None,
            })
        });
        let written = self.ports.store.note_sightings(waiting, told).await;
        if written.is_err() {
            // So that they are tried again with the next page.
            let mut seen = self.sightings.seen.lock();
            for key in &keys {
                seen.recent.remove(key);
            }
        }
        written?;
        Ok(())
    }

    /// Every widget with when it was last seen, oldest first. Agents only.
    pub async fn seen_widgets(&self, principal: &Principal) -> Result<Vec<SeenWidget>, ChatError> {
        require(principal, Permission::Read)?;
        let widgets = self.ports.store.list_widgets().await?;
        let last: HashMap<_, _> = self
            .ports
            .store
            .last_sightings()
            .await?
            .into_iter()
            .collect();
        let seen = widgets.into_iter().map(|widget| SeenWidget {
            last_seen_at: last.get(&widget.id).copied(),
            widget,
        });
        Ok(seen.collect())
    }

    /// A widget with when it was last seen. Agents only.
    pub async fn seen_widget(
        &self,
        principal: &Principal,
        id: WidgetId,
    ) -> Result<SeenWidget, ChatError> {
        require(principal, Permission::Read)?;
        let widget = self.widget(id).await?;
        self.with_last_seen(widget).await
    }

    /// The same of a widget that is at hand.
    pub async fn with_last_seen(&self, widget: Widget) -> Result<SeenWidget, ChatError> {
        let sightings = self.ports.store.sightings(widget.id).await?;
        let answered = sightings.iter().find(|sighting| sighting.answered);
        Ok(SeenWidget {
            last_seen_at: answered.map(|sighting| sighting.last_seen_at),
            widget,
        })
    }

    /// The hosts on which a widget was asked for, the latest first. Administrators only.
    pub async fn widget_installation(
        &self,
        principal: &Principal,
        id: WidgetId,
    ) -> Result<Vec<SeenHost>, ChatError> {
        require(principal, Permission::Administer)?;
        let widget = self.widget(id).await?;
        let sightings = self.ports.store.sightings(id).await?;
        let hosts = sightings.into_iter().map(|sighting| SeenHost {
            allowed: widget.allowed_domains.allows(sighting.host.as_str()),
            sighting,
        });
        Ok(hosts.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen_at(seconds: i64, host: &str, answered: bool) -> NewSighting {
        NewSighting {
            widget_id: WidgetId(1),
            host: SiteHost::parse(host).unwrap(),
            answered,
            at: Timestamp::from_micros(0).plus_seconds(seconds),
        }
    }

    #[test]
    fn a_host_is_written_once_in_a_while_or_with_another_outcome() {
        let mut seen = Seen::default();
        assert!(seen.take(seen_at(0, "shop.example", false)));
        assert!(!seen.take(seen_at(299, "shop.example", false)));
        assert!(seen.take(seen_at(299, "www.shop.example", false)));
        assert!(seen.take(seen_at(299, "shop.example", true)));
        assert!(!seen.take(seen_at(598, "shop.example", true)));
        assert!(seen.take(seen_at(599, "shop.example", true)));
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_tried_again() {
        let mut seen = Seen::default();
        for n in 0..MAX_WAITING {
            assert!(seen.take(seen_at(0, &format!("h{n}.example"), false)));
        }
        assert!(!seen.take(seen_at(0, "late.example", true)));
        seen.waiting.clear();
        assert!(seen.take(seen_at(1, "late.example", true)));
    }

    #[test]
    fn strangers_who_make_hosts_up_fill_no_memory() {
        let mut seen = Seen::default();
        let take = |seen: &mut Seen, seconds, n: usize| {
            seen.waiting.clear();
            seen.take(seen_at(seconds, &format!("h{n}.example"), false))
        };
        let n_taken = (0..3 * MAX_RECENT)
            .filter(|n| take(&mut seen, 0, *n))
            .count();
        assert_eq!((n_taken, seen.recent.len()), (MAX_RECENT, MAX_RECENT));
        assert!(
            take(&mut seen, 300, 3 * MAX_RECENT),
            "there is room when they have aged"
        );
        assert_eq!(seen.recent.len(), 1);
    }
}
