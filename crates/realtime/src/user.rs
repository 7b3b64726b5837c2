//! What a backend may do to a signed-in user, whatever the shards its connections are in.

use crate::app_table::AppIndex;
use crate::hub::{Hub, Shared};
use crate::inbox::Post;
use crate::registry::ShardSet;
use std::sync::Arc;

impl Hub {
    /// Closes all connections that are signed in as a user, on all nodes of a cluster, with 4009: stock clients do not come back by themselves.
    /// Returns before that is done. A user who signs in later is not affected.
    pub fn terminate_user(&self, app_id: &str, user_id: &str) {
        let Some(app) = self.0.apps.by_id(app_id) else {
            return;
        };
        if let Some(cluster) = &self.0.cluster {
            cluster.terminate(&self.0, app, user_id);
            return;
        }
        let mut posted = ShardSet::default();
        self.0.shut_out_user(app, &user_id.into(), &mut posted);
        self.0.wake(posted);
    }
}

impl Shared {
    /// Has the connections of this node closed that are signed in as a user. The shards in `posted` are to be woken afterwards.
    pub(crate) fn shut_out_user(&self, app: AppIndex, user_id: &Arc<str>, posted: &mut ShardSet) {
        for (shard, inbox) in self.inboxes.iter().enumerate() {
            inbox.post(Post::Terminate(app, Arc::clone(user_id)));
            posted.insert(shard);
        }
    }
}
