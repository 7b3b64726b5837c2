//! What a visitor may still send today, counted before it is received, so that uploads at once cannot overrun the day together.
//!
//! A visitor has a [`Share`] while it sends something. What was sent before is asked for once, at its beginning; from then on every
//! byte is counted in it, whoever receives it, until nobody sends any more. A byte may be counted twice for a moment, never not at all.

use antiphon_domain::VisitorId;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The shares of those who send something. Has an entry for each of them, so it is as large as there are uploads.
#[derive(Debug, Default)]
pub(crate) struct Allowances(Mutex<HashMap<VisitorId, Arc<Count>>>);

/// Bytes that were sent or are about to be; none before it is known what was sent.
type Count = OnceCell<Mutex<u64>>;

/// A visitor's share of a day.
#[derive(Debug)]
pub(crate) struct Share {
    allowances: Arc<Allowances>,
    visitor: VisitorId,
    /// Until it is dropped.
    count: Option<Arc<Count>>,
    limit: u64,
}

/// Bytes that are taken from a share: given back when dropped, unless they are spent.
#[derive(Debug)]
pub(crate) struct Reserved {
    share: Arc<Share>,
    bytes: u64,
}

impl Allowances {
    /// The visitor's share of this many bytes. `sent` is asked what was sent within the day, if nobody knows.
    pub(crate) async fn share<E>(
        self: &Arc<Self>,
        visitor: VisitorId,
        limit: u64,
        sent: impl Future<Output = Result<u64, E>>,
    ) -> Result<Arc<Share>, E> {
        // In the map before it is asked: what somebody else sends meanwhile is counted there.
        let share = Share {
            allowances: Arc::clone(self),
            visitor,
            count: Some(Arc::clone(self.0.lock().entry(visitor).or_default())),
            limit,
        };
        if let Some(count) = &share.count {
            let first = async || sent.await.map(Mutex::new);
            count.get_or_try_init(first).await?;
        }
        Ok(Arc::new(share))
    }

    /// Gives back what was spent on something that is no more.
    pub(crate) fn give_back(&self, visitor: VisitorId, bytes: u64) {
        let counts = self.0.lock();
        if let Some(count) = counts.get(&visitor).and_then(|count| count.get()) {
            let mut count = count.lock();
            *count = count.saturating_sub(bytes);
        }
    }
}

impl Share {
    /// The bytes of a whole day.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Whether nothing is left.
    pub(crate) fn is_over(&self) -> bool {
        self.count().is_none_or(|count| *count.lock() >= self.limit)
    }

    /// Takes nothing yet.
    pub(crate) fn reserve(self: &Arc<Self>) -> Reserved {
        Reserved {
            share: Arc::clone(self),
            bytes: 0,
        }
    }

    fn count(&self) -> Option<&Mutex<u64>> {
        self.count.as_ref()?.get()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut counts = self.allowances.0.lock();
        self.count = None;
        let is_last = |count: &Arc<Count>| Arc::strong_count(count) == 1;
        if counts.get(&self.visitor).is_some_and(is_last) {
            counts.remove(&self.visitor);
        }
    }
}

impl Reserved {
    /// Takes more; `false` if there is not so much left, and then nothing is taken.
    pub(crate) fn grow(&mut self, bytes: u64) -> bool {
        let Some(count) = self.share.count() else {
            return false;
        };
        let mut count = count.lock();
        let wanted = count.saturating_add(bytes);
        if wanted > self.share.limit {
            return false;
        }
        *count = wanted;
        self.bytes += bytes;
        true
    }

    /// The share that it is of.
    pub(crate) fn share(&self) -> &Share {
        &self.share
    }

    /// They are stored now, and stay counted.
    pub(crate) fn spend(&mut self) {
        self.bytes = 0;
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if let Some(count) = self.share.count() {
            let mut count = count.lock();
            *count = count.saturating_sub(self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    const VISITOR: VisitorId = VisitorId(1);

    async fn share(allowances: &Arc<Allowances>, sent: u64) -> Arc<Share> {
        let sent = async { Ok::<_, Infallible>(sent) };
        let Ok(share) = allowances.share(VISITOR, 100, sent).await;
        share
    }

    #[tokio::test]
    async fn what_is_under_way_counts_for_everybody() {
        let allowances = Arc::new(Allowances::default());
        let first = share(&allowances, 30).await;
        // What the store says meanwhile is not asked for again.
        let second = share(&allowances, 0).await;
        let mut one = first.reserve();
        assert!(one.grow(50));
        let mut other = second.reserve();
        assert!(!other.grow(21) && other.grow(20));
        assert!(first.is_over() && second.is_over());
        drop(one);
        assert!(!second.is_over());
        // Posted: it is in the store now, and stays counted here while somebody sends.
        other.spend();
        drop(other);
        let mut third = second.reserve();
        assert!(!third.grow(51) && third.grow(50));
    }

    #[tokio::test]
    async fn nothing_is_remembered_of_who_sends_nothing() {
        let allowances = Arc::new(Allowances::default());
        let mut reserved = share(&allowances, 0).await.reserve();
        assert!(reserved.grow(100));
        allowances.give_back(VISITOR, 60);
        assert!(reserved.grow(60));
        assert_eq!(allowances.0.lock().len(), 1);
        drop(reserved);
        assert!(allowances.0.lock().is_empty());
        let failed = allowances.share(VISITOR, 1, async { Err::<u64, _>(()) });
        assert!(failed.await.is_err());
        assert!(allowances.0.lock().is_empty());
    }
}
