//! `antiphon agent:create`, `agent:token` and `agent:password`.

use crate::output::Format;
use antiphon_chat::{NewAgentRequest, Random as _};
use antiphon_config::Options;
use antiphon_domain::AgentRole;
use anyhow::Context as _;
use serde_json::json;
use std::io::Read as _;

/// What a generated password is made of: 32 letters and digits that nobody confuses, 5 bits each.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a generated password: 100 bits.
const LENGTH: usize = 20;
/// More than this on standard input is no password, in bytes.
const MAX_INPUT: u64 = 4096;

#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    /// The name that visitors see
    #[arg(long)]
    name: String,
    /// The login
    #[arg(long)]
    email: String,
    /// admin, agent or viewer
    #[arg(long, default_value = "agent", value_parser = role)]
    role: AgentRole,
    #[command(flatten)]
    password: PasswordSource,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TokenArgs {
    /// The agent's login
    #[arg(long)]
    email: String,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PasswordArgs {
    /// The agent's login
    #[arg(long)]
    email: String,
    #[command(flatten)]
    password: PasswordSource,
    #[command(flatten)]
    format: Format,
}

/// Never an argument: those can be read in the list of processes, and stay in the shell's history.
#[derive(Debug, Clone, Copy, clap::Args)]
struct PasswordSource {
    /// Read the password from standard input, instead of making one up and printing it
    #[arg(long)]
    password_stdin: bool,
}

impl PasswordSource {
    /// The password, and whether it was made up.
    fn read(self) -> anyhow::Result<(String, bool)> {
        if !self.password_stdin {
            return Ok((generate()?, true));
        }
        let mut text = String::new();
        let stdin = std::io::stdin().lock();
        stdin
            .take(MAX_INPUT)
            .read_to_string(&mut text)
            .context("cannot read the password from standard input")?;
        // `echo` ends it with a line break that nobody will type again.
        let password = text.strip_suffix('\n').unwrap_or(&text);
        Ok((
            password.strip_suffix('\r').unwrap_or(password).to_owned(),
            false,
        ))
    }
}

pub(super) fn generate() -> anyhow::Result<String> {
    let mut random = [0; LENGTH];
    crate::random::SystemRandom.fill(&mut random)?;
    Ok(random
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect())
}

fn role(text: &str) -> Result<AgentRole, String> {
    AgentRole::parse(text).map_err(|invalid| invalid.0)
}

pub(crate) fn create(args: CreateArgs, options: &Options) -> anyhow::Result<()> {
    let (password, made_up) = args.password.read()?;
    let shown = made_up.then(|| password.clone());
    let request = NewAgentRequest {
        name: args.name,
        email: args.email,
        password,
    };
    let role = args.role;
    let agent = super::with_chat(options, async move |chat| {
        chat.create_agent(request, role).await
    })?;
    let mut json =
        json!({ "id": agent.id.0, "email": agent.email.as_str(), "role": agent.role.as_str() });
    if let Some(password) = &shown {
        json["password"] = json!(password);
    }
    args.format.print(&json, || {
        let password = shown
            .map(|password| format!(" Password, shown once: {password}"))
            .unwrap_or_default();
        format!(
            "Agent {} <{}> can log in.{password}",
            agent.name.as_str(),
            agent.email.as_str()
        )
    });
    Ok(())
}

pub(crate) fn token(args: TokenArgs, options: &Options) -> anyhow::Result<()> {
    let email = args.email;
    let (agent, token) = super::with_chat(options, async move |chat| {
        chat.create_api_token(&email).await
    })?;
    let json =
        json!({ "agent_id": agent.id.0, "email": agent.email.as_str(), "token": token.reveal() });
    args.format.print(&json, || {
        format!(
            "API token of {}, shown once: {}",
            agent.email.as_str(),
            token.reveal()
        )
    });
    Ok(())
}

pub(crate) fn password(args: PasswordArgs, options: &Options) -> anyhow::Result<()> {
    let (password, made_up) = args.password.read()?;
    let shown = made_up.then(|| password.clone());
    let email = args.email;
    let agent = super::with_chat(options, async move |chat| {
        chat.set_password(&email, password).await
    })?;
    let mut json = json!({ "id": agent.id.0, "email": agent.email.as_str() });
    if let Some(password) = &shown {
        json["password"] = json!(password);
    }
    args.format.print(&json, || {
        let password = shown
            .map(|password| format!(" It is, shown once: {password}"))
            .unwrap_or_default();
        format!(
            "The password of {} was replaced, and the agent's sessions ended.{password}",
            agent.email.as_str()
        )
    });
    Ok(())
}
