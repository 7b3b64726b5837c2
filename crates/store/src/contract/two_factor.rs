//! Facts about the second factor.

use super::sessions::begin_session;
use super::world::{NO_AGENT, at, at_once, make_agent, token};
use crate::{EnableTwoFactor, Store, nothing};
use antiphon_domain::{Agent, AgentId, TokenHash, TwoFactorSecret};
use std::sync::Arc;

const SECRET: TwoFactorSecret = TwoFactorSecret::from_bytes([7; 20]);

fn enable(agent_id: AgentId, codes: &[u32]) -> EnableTwoFactor {
    EnableTwoFactor {
        agent_id,
        secret: SECRET,
        step: 100,
        recovery_codes: codes.iter().map(|n| token(*n)).collect(),
    }
}

async fn with_second_factor(store: &Arc<dyn Store>, name: &str, codes: &[u32]) -> Agent {
    let agent = make_agent(store, name).await;
    let enable = enable(agent.id, codes);
    assert!(store.enable_two_factor(enable, nothing()).await.unwrap());
    agent
}

async fn secret(store: &Arc<dyn Store>, agent: &Agent) -> Option<TwoFactorSecret> {
    let credentials = store.agent_credentials(&agent.email).await.unwrap();
    credentials.unwrap().two_factor_secret
}

/// It is there until it is taken away, and is not replaced by another.
pub async fn a_second_factor_is_set_up_and_taken_away(store: Arc<dyn Store>) {
    let bea = make_agent(&store, "bea").await;
    let agent = with_second_factor(&store, "ana", &[1, 2]).await;
    assert_eq!(secret(&store, &agent).await, Some(SECRET));
    assert_eq!(secret(&store, &bea).await, None);
    let agents = store.list_agents().await.unwrap();
    assert_eq!(
        agents
            .iter()
            .map(|agent| agent.two_factor)
            .collect::<Vec<_>>(),
        [false, true]
    );
    let again = store.enable_two_factor(enable(agent.id, &[3]), nothing());
    assert!(!again.await.unwrap());
    assert_eq!(store.recovery_codes_left(agent.id).await.unwrap(), 2);
    let disable = async |id| store.disable_two_factor(id, nothing()).await.unwrap();
    assert!(!disable(bea.id).await);
    assert!(disable(agent.id).await);
    assert!(!disable(agent.id).await);
    assert_eq!(secret(&store, &agent).await, None);
    assert_eq!(store.recovery_codes_left(agent.id).await.unwrap(), 0);
    assert!(!store.use_two_factor_step(agent.id, 200).await.unwrap());
}

/// A code that was used, or an earlier one, is worth nothing, also to two at once.
pub async fn a_code_of_the_second_factor_is_used_once(store: Arc<dyn Store>) {
    let agent = with_second_factor(&store, "ana", &[]).await;
    assert!(!store.use_two_factor_step(agent.id, 100).await.unwrap());
    let used = at_once(5, |_| {
        let (store, id) = (Arc::clone(&store), agent.id);
        async move { store.use_two_factor_step(id, 101).await.unwrap() }
    })
    .await;
    assert_eq!(used.iter().filter(|used| **used).count(), 1);
    assert!(!store.use_two_factor_step(agent.id, 99).await.unwrap());
    assert!(!store.use_two_factor_step(NO_AGENT, 200).await.unwrap());
}

/// Each recovery code opens one login of its own agent.
pub async fn a_recovery_code_is_used_once(store: Arc<dyn Store>) {
    let ana = with_second_factor(&store, "ana", &[1, 2]).await;
    let bea = with_second_factor(&store, "bea", &[3]).await;
    let use_code = async |agent: &Agent, code: TokenHash| {
        let used = store.use_recovery_code(agent.id, code, nothing()).await;
        used.unwrap()
    };
    assert!(!use_code(&ana, token(3)).await, "another agent's");
    assert!(use_code(&ana, token(1)).await);
    assert!(!use_code(&ana, token(1)).await);
    assert_eq!(store.recovery_codes_left(ana.id).await.unwrap(), 1);
    let replace = async |id, codes: Vec<TokenHash>| {
        let replaced = store.replace_recovery_codes(id, codes, nothing()).await;
        replaced.unwrap()
    };
    assert!(replace(ana.id, vec![token(4), token(5)]).await);
    assert!(!use_code(&ana, token(2)).await);
    assert!(use_code(&ana, token(5)).await);
    assert!(use_code(&bea, token(3)).await);
    let without = make_agent(&store, "zoe").await;
    assert!(!replace(without.id, vec![token(6)]).await);
    assert_eq!(store.recovery_codes_left(without.id).await.unwrap(), 0);
}

/// Where everybody needs one, the session of whoever has none says so.
pub async fn a_second_factor_that_is_needed_is_missed(store: Arc<dyn Store>) {
    let ana = with_second_factor(&store, "ana", &[]).await;
    let bea = make_agent(&store, "bea").await;
    begin_session(&store, ana.id, 1, 0, 60).await;
    begin_session(&store, bea.id, 2, 0, 60).await;
    let missing = async || {
        let mut missing = Vec::new();
        for n_token in [1, 2] {
            let session = store.session(&token(n_token), at(1)).await.unwrap();
            missing.push(session.unwrap().two_factor_missing);
        }
        missing
    };
    let require = async |required| {
        let changed = store.require_two_factor(required, nothing()).await;
        changed.unwrap()
    };
    assert!(!store.two_factor_required().await.unwrap());
    assert_eq!(missing().await, [false, false]);
    assert!(require(true).await);
    assert!(!require(true).await, "it is so already");
    assert!(store.two_factor_required().await.unwrap());
    assert_eq!(missing().await, [false, true]);
    assert!(require(false).await);
    assert_eq!(missing().await, [false, false]);
}
