//! What a backend may do to a signed-in user, whatever the shards its connections are in.

use crate::hub::Hub;
use crate::inbox::Post;
use crate::registry::ShardSet;
use std::sync::Arc;

impl Hub {
    /// Closes all connections of this node that are signed in as a user, with 4009: stock clients do not come back by themselves.
    /// Returns before that is done. A user who signs in later is not affected.
    pub fn terminate_user(&self, app_id: &str, user_id: &str) {
        let Some(app) = self.0.apps.by_id(app_id) else {
            return;
        };
        let user_id: Arc<str> = user_id.into();
        let mut posted = ShardSet::default();
        for (shard, inbox) in self.0.inboxes.iter().enumerate() {
            inbox.post(Post::Terminate(app, Arc::clone(&user_id)));
            posted.insert(shard);
        }
        self.0.wake(posted);
    }
}
