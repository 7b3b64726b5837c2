//! Signing in: from then on a connection is a user's. Events can be sent to it, its backend can end it, and others may watch the user.

use super::Shard;
use crate::app_table::AppIndex;
use crate::registry::ShardSet;
use antiphon_protocol::event::ServerEvent;
use antiphon_protocol::frame::Signin;
use antiphon_protocol::{Code, auth, user};
use std::sync::Arc;

/// A map that is filled to less than one part in so many gives its memory back.
const SHRINK_BELOW: usize = 8;

impl Shard {
    /// Makes a connection a user's, or says why not. It stays open either way: what it was before, it still is.
    pub(super) fn sign_in(&mut self, slot: usize, index: AppIndex, signin: &Signin) {
        match self.try_sign_in(slot, index, signin) {
            Ok(first) => {
                self.reply(&ServerEvent::SigninSuccess {
                    user_data: &signin.user_data,
                });
                if first {
                    self.begin_watching(slot, index, &signin.user_data);
                }
            }
            Err(reason) => self.reply(&ServerEvent::Error {
                code: Some(Code::Unauthorized),
                message: &format!("Sign-in refused: {reason}"),
                channel: None,
            }),
        }
    }

    /// `true`: the connection was nobody's before.
    fn try_sign_in(
        &mut self,
        slot: usize,
        index: AppIndex,
        signin: &Signin,
    ) -> Result<bool, String> {
        let app = self.app(index);
        let socket_id = self.conns[slot].socket_id;
        auth::verify_user(
            app.credentials(),
            socket_id,
            &signin.user_data,
            &signin.auth,
        )
        .map_err(|error| error.to_string())?;
        let user = user::parse(&signin.user_data, self.member_limits())
            .map_err(|error| format!("invalid user_data: {error}"))?;
        let conn = &mut self.conns[slot];
        match conn.user() {
            Some(earlier) if earlier.user_id == user.user_id => return Ok(false),
            Some(_) => return Err("this connection is another user's already".to_owned()),
            None => {}
        }
        let user_id = Arc::clone(&user.user_id);
        conn.identity.get_or_insert_default().user = Some(user);
        conn.authorized = true;
        let connections = self.users.entry((index, Arc::clone(&user_id)));
        let connections = connections.or_default();
        connections.push(slot);
        if connections.len() == 1 {
            let mut posted = ShardSet::default();
            let shared = &self.hub.0;
            shared.user_came(index, &user_id, self.index, &mut posted);
            self.wake_from_turn(posted);
        }
        Ok(true)
    }

    /// Ends what signing in began.
    pub(super) fn sign_out(&mut self, slot: usize) {
        let conn = &mut self.conns[slot];
        let (app, identity) = (conn.app, conn.identity.take());
        let (Some(app), Some(identity)) = (app, identity) else {
            return;
        };
        self.end_watching(slot, &identity.watching);
        let Some(user) = identity.user else {
            return;
        };
        let key = (app, user.user_id);
        if let Some(connections) = self.users.get_mut(&key) {
            connections.retain(|&other| other != slot);
            if connections.is_empty() {
                self.users.remove(&key);
                if self.users.len() < self.users.capacity() / SHRINK_BELOW {
                    let room = self.users.len() * 2;
                    self.users.shrink_to(room);
                }
                let mut posted = ShardSet::default();
                let shared = &self.hub.0;
                shared.user_went(app, &key.1, self.index, &mut posted);
                // This shard is woken as well: it may have looked into its inbox for the last time in this turn.
                shared.wake(posted);
            }
        }
    }
}
