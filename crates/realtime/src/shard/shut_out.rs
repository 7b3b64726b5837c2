//! Shutting out: closing the connections of a user, or of an application, because whoever is responsible for them wants it.
//!
//! Not done where the inbox is emptied: that happens in the midst of a connection's message, too.

use super::{Shard, token_of};
use crate::app_table::AppIndex;
use antiphon_protocol::Code;
use std::sync::Arc;

/// Whose connections are to be closed.
#[derive(Debug)]
pub(super) enum ShutOut {
    User(AppIndex, Arc<str>),
    /// All of an application that is off the list, or switched off.
    App(AppIndex),
}

impl Shard {
    /// Closes the connections of those who are to be shut out.
    pub(super) fn shut_out(&mut self) {
        for whom in std::mem::take(&mut self.shut_outs) {
            match whom {
                ShutOut::User(app, user_id) => {
                    let slots = self.users.get(&(app, user_id)).cloned();
                    let message = "The user was shut out by its application";
                    self.close_all(&slots.unwrap_or_default(), Code::Unauthorized, message);
                }
                ShutOut::App(app) => {
                    let state = self.hub.0.apps.state(app);
                    let code = match (state.is_listed(), state.app().enabled) {
                        (true, true) => continue,
                        (true, false) => Code::AppDisabled,
                        (false, _) => Code::AppNotFound,
                    };
                    let conns = self.conns.iter();
                    let of_app = conns.filter(|(_, conn)| conn.app == Some(app));
                    let slots: Vec<usize> = of_app.map(|(slot, _)| slot).collect();
                    self.close_all(&slots, code, code.message());
                }
            }
        }
    }

    fn close_all(&mut self, slots: &[usize], code: Code, message: &str) {
        for &slot in slots {
            let Some(conn) = self.conns.get(slot) else {
                continue;
            };
            let token = token_of(slot, conn.generation);
            self.guarded(token, |this, slot| {
                this.fail(slot, code, message);
                this.flush_out(slot);
            });
        }
    }
}
