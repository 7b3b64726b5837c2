//! Room for uploads: so many at once, and so many of one person.

use crate::error::ApiError;
use antiphon_chat::Principal;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Uploads of one person at once: a browser sends as many to one host.
const PER_PERSON: usize = 6;
/// Seconds after which one of a person's uploads may be over.
const RETRY_SECONDS: u64 = 5;

/// A visitor or an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Person {
    Visitor(i64),
    Agent(i64),
}

/// Counts uploads that are under way. Its map has an entry for each person who uploads, so it is as large as there are slots.
#[derive(Debug)]
pub(crate) struct Slots {
    at_once: usize,
    taken: Mutex<HashMap<Person, usize>>,
}

impl Slots {
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            at_once,
            taken: Mutex::default(),
        }
    }

    /// Takes a slot, until it is dropped.
    pub(crate) fn take(self: &Arc<Self>, principal: &Principal) -> Result<Slot, ApiError> {
        let person = match principal {
            Principal::Visitor(visitor) => Person::Visitor(visitor.id.0),
            Principal::Agent(caller) => Person::Agent(caller.agent.id.0),
        };
        let mut taken = self.taken.lock();
        if taken.values().sum::<usize>() >= self.at_once {
            return Err(ApiError::unavailable(
                "Too many uploads at once: try again in a moment",
            ));
        }
        let of_person = taken.entry(person).or_insert(0);
        if *of_person >= PER_PERSON {
            return Err(ApiError::too_many_requests(RETRY_SECONDS));
        }
        *of_person += 1;
        Ok(Slot {
            slots: Arc::clone(self),
            person,
        })
    }
}

/// A slot that is taken.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Arc<Slots>,
    person: Person,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken.lock();
        if let Some(of_person) = taken.get_mut(&self.person) {
            *of_person -= 1;
            if *of_person == 0 {
                taken.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_domain::{ContactDetails, Timestamp, Visitor, VisitorId, WidgetId};

    fn visitor(id: i64) -> Principal {
        Principal::Visitor(Visitor {
            id: VisitorId(id),
            widget_id: WidgetId(1),
            contact: ContactDetails::default(),
            verified: false,
            created_at: Timestamp::from_micros(0),
        })
    }

    #[test]
    fn a_slot_is_given_back() {
        let slots = Arc::new(Slots::new(PER_PERSON + 1));
        let mine: Vec<Slot> = (0..PER_PERSON)
            .map(|_| slots.take(&visitor(1)).unwrap())
            .collect();
        let refused = slots.take(&visitor(1)).unwrap_err();
        assert_eq!(refused.status().as_u16(), 429);
        let other = slots.take(&visitor(2)).unwrap();
        assert_eq!(slots.take(&visitor(3)).unwrap_err().status().as_u16(), 503);
        drop((mine, other));
        assert!(slots.take(&visitor(3)).is_ok());
        assert!(slots.taken.lock().is_empty());
    }
}
