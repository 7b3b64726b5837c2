//! `antiphon demo:fill`: an installation full of made-up conversations, to look at and to measure.

use crate::clock::SystemClock;
use crate::database;
use crate::demo::{Filling, Numbers, Team};
use crate::output::{self, Format};
use antiphon_chat::NewAgentRequest;
use antiphon_config::{Config, Database, Options};
use antiphon_domain::{
    AgentId, AgentRole, Clock as _, LabelColor, LabelId, LabelName, TeamId, TeamName, WidgetId,
};
use antiphon_store::copy::Target;
use antiphon_store::{LabelOutcome, NewLabel, NewTeam, Store, TeamOutcome, nothing};
use antiphon_store_postgres as postgres;
use antiphon_store_sqlite as sqlite;
use anyhow::{Context as _, bail};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many conversations to make
    #[arg(long, value_name = "NUMBER", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    conversations: u32,
    /// How many messages they have altogether, at least two for each
    #[arg(long, value_name = "NUMBER", default_value_t = 8_000, value_parser = clap::value_parser!(u32).range(2..=200_000_000))]
    messages: u32,
    /// The same number makes the same conversations
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Fill also an installation that has conversations already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    format: Format,
}

/// The team that the conversations are of: enough for lists by agent, team and label to be worth looking at.
const AGENTS: [&str; 8] = [
    "Amelia Stone",
    "Jonas Weber",
    "Claire Fournier",
    "Diego Ramos",
    "Yuki Tanaka",
    "Priya Nair",
    "Tom Becker",
    "Lena Novak",
];
const TEAMS: [&str; 3] = ["Sales", "Support", "Billing"];
const LABELS: [(&str, &str); 8] = [
    ("bug", "#d73a4a"),
    ("refund", "#b45309"),
    ("shipping", "#0e7490"),
    ("question", "#1f6feb"),
    ("feature request", "#7c3aed"),
    ("vip", "#be185d"),
    ("spam", "#57606a"),
    ("follow-up", "#15803d"),
];

pub(crate) fn run(args: &Args, options: &Options) -> anyhow::Result<()> {
    let numbers = Numbers {
        conversations: args.conversations,
        messages: args.messages,
        seed: args.seed,
    };
    if args.messages / 2 < args.conversations {
        bail!(
            "--messages must be at least twice --conversations: each has a question and an answer"
        );
    }
    let config = super::load(options)?;
    database::make_data_folder(&config)?;
    let _not_served = match &config.database {
        Database::Sqlite { file } => {
            let folder = file.parent().unwrap_or(Path::new("."));
            let lock = sqlite::ServerLock::acquire(folder).context("stop the server first")?;
            Some(lock)
        }
        _ => None,
    };
    let team = make_team(&config, options, args.force)?;
    let mut target: Box<dyn Target> = match &config.database {
        Database::Sqlite { file } => {
            Box::new(sqlite::CopyTarget::open(&sqlite::OpenOptions::new(file))?)
        }
        Database::Postgres(server) => {
            Box::new(postgres::CopyTarget::open(&database::postgres(server))?)
        }
        other => bail!("the database {other:?} is not supported"),
    };
    let filling = Filling::new(numbers, team, SystemClock.now());
    let filled = filling.run(&mut *target, &mut |conversations| {
        output::progress(&format!("{conversations} conversations"));
    })?;
    let json = json!({
        "conversations": filled.conversations,
        "messages": filled.messages,
        "visitors": filled.visitors,
    });
    args.format.print(&json, || {
        format!(
            "{} conversations of {} visitors, with {} messages.",
            filled.conversations, filled.visitors, filled.messages
        )
    });
    Ok(())
}

/// Makes what is missing of the team, unless the installation is in use.
fn make_team(config: &Config, options: &Options, force: bool) -> anyhow::Result<Team> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let opened = database::open(config)?;
    let store = opened.store();
    if !force && !runtime.block_on(store.changed_since(0, 1))?.is_empty() {
        bail!("there are conversations already: --force adds the made-up ones to them");
    }
    let found = runtime.block_on(async {
        let widgets = store.list_widgets().await?;
        let there = store.list_agents().await?;
        let labels = labels(&store).await?;
        let teams = teams(&store).await?;
        anyhow::Ok((widgets, there, labels, teams))
    });
    opened.close();
    let (widgets, there, labels, teams) = found?;
    let mut widget_ids: Vec<WidgetId> = widgets.iter().map(|widget| widget.id).collect();
    if widget_ids.is_empty() {
        let request = antiphon_chat::NewWidgetRequest {
            name: "Demo".to_owned(),
            domains: vec!["localhost".to_owned()],
            welcome_message: None,
        };
        let made = super::with_chat(options, async move |chat| {
            chat.create_widget(antiphon_chat::Administrator::CommandLine, &request)
                .await
        })?;
        widget_ids.push(made.id);
    }
    let agents = super::with_chat(options, async move |chat| {
        let mut agents: Vec<(AgentId, String)> = Vec::new();
        for (index, name) in AGENTS.iter().enumerate() {
            let email = format!("demo-{}@example.com", index + 1);
            let found = there.iter().find(|agent| agent.email.as_str() == email);
            let agent = match found {
                Some(agent) => agent.clone(),
                None => {
                    let request = NewAgentRequest {
                        name: (*name).to_owned(),
                        email,
                        password: super::agent::generate()
                            .map_err(|error| antiphon_chat::ChatError::Internal(error.into()))?,
                    };
                    chat.create_agent(request, AgentRole::Agent).await?
                }
            };
            agents.push((agent.id, agent.name.as_str().to_owned()));
        }
        Ok(agents)
    })?;
    Ok(Team {
        widget_ids,
        agents,
        teams,
        labels,
    })
}

async fn labels(store: &Arc<dyn Store>) -> anyhow::Result<Vec<LabelId>> {
    let mut ids = Vec::new();
    let there = store.list_labels().await?;
    for (name, color) in LABELS {
        let new = NewLabel {
            name: LabelName::parse(name)?,
            color: LabelColor::parse(color)?,
            at: SystemClock.now(),
        };
        let found = there.iter().find(|label| label.name == new.name);
        ids.push(match found {
            Some(label) => label.id,
            None => match store.create_label(new, nothing()).await? {
                LabelOutcome::Saved(label) => label.id,
                refused => bail!("the label {name} could not be made: {refused:?}"),
            },
        });
    }
    Ok(ids)
}

async fn teams(store: &Arc<dyn Store>) -> anyhow::Result<Vec<TeamId>> {
    let mut ids = Vec::new();
    let there = store.list_teams().await?;
    for name in TEAMS {
        let new = NewTeam {
            name: TeamName::parse(name)?,
            agent_ids: Vec::new(),
            at: SystemClock.now(),
        };
        let found = there.iter().find(|team| team.name == new.name);
        ids.push(match found {
            Some(team) => team.id,
            None => match store.create_team(new, nothing()).await? {
                TeamOutcome::Saved(team) => team.id,
                refused => bail!("the team {name} could not be made: {refused:?}"),
            },
        });
    }
    Ok(ids)
}
