//! How many sockets each address has, where that is limited.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Counts by address. An address that has none is not kept.
#[derive(Debug, Default)]
pub(crate) struct AddressCounts(Mutex<HashMap<IpAddr, usize>>);

/// One socket of an address, counted until this is dropped.
#[derive(Debug)]
pub(crate) struct CountedAddress {
    counts: Arc<AddressCounts>,
    address: IpAddr,
}

impl AddressCounts {
    /// Counts one more socket of this address, unless it has as many as it may have.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr, max: usize) -> Option<CountedAddress> {
        let mut counts = self.0.lock();
        let count = counts.entry(address).or_default();
        if *count >= max {
            if *count == 0 {
                counts.remove(&address);
            }
            return None;
        }
        *count += 1;
        Some(CountedAddress {
            counts: Arc::clone(self),
            address,
        })
    }

    /// Locks the counts, to show who goes on nevertheless.
    #[cfg(test)]
    pub(crate) fn hold(&self) -> impl Drop + '_ {
        self.0.lock()
    }
}

impl CountedAddress {
    /// Whose socket it is.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }
}

impl Drop for CountedAddress {
    fn drop(&mut self) {
        let mut counts = self.counts.0.lock();
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_no_more_than_it_may_and_leaves_nothing_behind() {
        let counts = Arc::new(AddressCounts::default());
        let (one, other): (IpAddr, IpAddr) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        assert!(counts.admit(one, 0).is_none());
        let held = [counts.admit(one, 2), counts.admit(one, 2)];
        assert!(held.iter().all(Option::is_some));
        assert!(counts.admit(one, 2).is_none());
        assert!(counts.admit(other, 2).is_some());
        drop(held);
        assert!(counts.0.lock().is_empty());
    }
}
