//! Time limits, without a timer per connection: a part of the slab is looked at now and then.

use super::conn::{Conn, Phase};
use super::{SWEEP_PARTS, Shard};
use crate::metrics::DropReason;
use antiphon_protocol::Code;
use antiphon_protocol::event::ServerEvent;

/// What the time is for, for one connection.
enum Due {
    Nothing,
    Ping,
    PongTimeout,
    AuthorizationTimeout,
    Drop,
}

impl Shard {
    /// Looks at a tenth of the connections, at the listeners, and at what had to wait.
    pub(super) fn sweep(&mut self) {
        // After an error, say for lack of descriptors, a listener gives no further event.
        self.accept();
        self.tell_due_counts();
        self.end_due_graces();
        let slots = self.conns.capacity();
        let from = if self.sweep_at < slots {
            self.sweep_at
        } else {
            0
        };
        self.sweep_at = from + slots / SWEEP_PARTS as usize + 1;
        for slot in from..self.sweep_at.min(slots) {
            match self.due(slot) {
                Due::Nothing => {}
                Due::Ping => {
                    let conn = &mut self.conns[slot];
                    conn.pinged = true;
                    // From now on, however late the ping is, the client has the whole time to answer.
                    conn.since_ms = self.now.ms;
                    self.reply(&ServerEvent::Ping);
                    self.flush_out(slot);
                }
                Due::PongTimeout => {
                    self.count_drop(slot, DropReason::PongTimeout);
                    self.fail(slot, Code::PongTimeout, Code::PongTimeout.message());
                    self.flush_out(slot);
                }
                Due::AuthorizationTimeout => {
                    self.count_drop(slot, DropReason::AuthorizationTimeout);
                    let message =
                        "Neither signed in nor on a private channel within the time limit";
                    self.fail(slot, Code::Unauthorized, message);
                    self.flush_out(slot);
                }
                Due::Drop => self.drop_conn(slot),
            }
        }
    }

    fn due(&self, slot: usize) -> Due {
        let Some(conn) = self.conns.get(slot) else {
            return Due::Nothing;
        };
        let limits = self.limits();
        let silent_ms = conn.silent_ms(self.now);
        match conn.phase {
            Phase::Head if silent_ms > limits.head_timeout_ms => Due::Drop,
            Phase::Closing if silent_ms > limits.close_timeout_ms => Due::Drop,
            Phase::Open if self.is_overdue(conn) => Due::AuthorizationTimeout,
            Phase::Open if conn.pinged && silent_ms > limits.pong_timeout_ms => Due::PongTimeout,
            Phase::Open if !conn.pinged && silent_ms > limits.ping_after_ms => Due::Ping,
            _ => Due::Nothing,
        }
    }

    /// Whether nobody has vouched for a connection in the time that its application gives for that.
    fn is_overdue(&self, conn: &Conn) -> bool {
        let timeout_s = conn
            .app
            .and_then(|app| self.app(app).authorization_timeout_s);
        let age_ms = self.now.ms.wrapping_sub(conn.accepted_ms);
        !conn.authorized && timeout_s.is_some_and(|timeout_s| age_ms / 1_000 >= timeout_s)
    }
}
