//! `proto version tag` and `untag`, and the promotion of a winner: the log of tags grows by one entry.
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::{Exit, place, references};
use super::args::opened;
use crate::domain::{Decision, VerdictKind};
use crate::plan::Known;
use crate::stores::{Editor, StoredVersion, TagChange};

/// Sets or moves a tag.
pub(super) fn set(
    reference: &str,
    tag: &str,
    why: &str,
    context: &mut Context<'_>,
) -> Result<Exit, CommandError> {
    check(tag)?;
    let (_, known) = opened(context)?;
    let version = known.find(reference).map_err(|error| references::refused(&error))?;
    let before = known.tagged(tag);
    append(&version.project, tag, Some(version), why, context)?;
    said(tag, before, version, context)?;
    Ok(Exit::Done)
}

/// Takes a tag away.
pub(super) fn unset(tag: &str, why: &str, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let (_, known) = opened(context)?;
    let Some(version) = known.tagged(tag) else {
        return Err(CommandError::input(format!("no version has the tag `{tag}`"))
            .hint("`proto version list` shows the tags"));
    };
    append(&version.project, tag, None, why, context)?;
    context.say(&format!("`{tag}` no longer stands at {}@{}", version.name, version.label))?;
    if context.json {
        context.document("proto.versions/1", json!({"tag": tag, "version": null}))?;
    }
    Ok(Exit::Done)
}

/// Moves a tag to a decision's winner, with the decision as the reason; says so when there is none.
///
/// # Errors
/// The winner is not registered, or the store fails.
pub fn promote(decision: &Decision, tag: &str, context: &mut Context<'_>) -> Result<(), CommandError> {
    check(tag)?;
    let winner = decision.winner.as_deref().filter(|_| decision.verdict == VerdictKind::Winner);
    let Some(winner) = winner else {
        context.say(&format!("`{tag}` stays where it is: the verdict is {}", decision.verdict.name()))?;
        return Ok(());
    };
    let mut reader = place::open(context, None, false)?.reader()?;
    let known = references::known(reader.as_mut(), Some(&decision.project))?;
    let hash = decision.ranking.iter().find(|ranked| ranked.version == winner).map(|ranked| ranked.hash);
    let is = |version: &&StoredVersion| {
        Some(version.hash) == hash
            && (version.name == winner || format!("{}@{}", version.name, version.label) == winner)
    };
    let version = known.versions.iter().find(is).ok_or_else(|| {
        CommandError::world(format!("the winner `{winner}` is not registered in `{}`", decision.project))
    })?;
    let before = known.tagged(tag);
    append(&version.project, tag, Some(version), &format!("winner: {}", decision.reason), context)?;
    let line = moved(tag, before, version);
    context.say(&line)?;
    Ok(())
}

/// One change in `proto.versions/1` and `proto.log/1`.
#[must_use]
pub fn change_json(change: &TagChange, known: &Known) -> Value {
    let version = change.version.as_ref();
    let label = version.and_then(|(name, hash)| known.named(name).find(|v| v.hash == *hash));
    json!({
        "project": change.project, "tag": change.tag, "version": version.map(|(name, _)| name),
        "label": label.map(|version| version.label.to_string()),
        "hash": version.map(|(_, hash)| hash.to_string()), "at": change.at.to_string(), "who": change.who,
        "why": change.why,
    })
}

/// A tag must not read as anything else that may follow an `@`.
fn check(tag: &str) -> Result<(), CommandError> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    let good = tag != "latest" && tag.starts_with(char::is_alphabetic) && tag.chars().all(fits);
    if good {
        return Ok(());
    }
    Err(CommandError::input(format!("`{tag}` cannot be a tag"))
        .hint("a tag begins with a letter, holds letters, digits and `- _ . +`, and is not `latest`"))
}

fn append(
    project: &str,
    tag: &str,
    version: Option<&StoredVersion>,
    why: &str,
    context: &Context<'_>,
) -> Result<(), CommandError> {
    let change = TagChange {
        project: project.to_owned(),
        tag: tag.to_owned(),
        version: version.map(|version| (version.name.clone(), version.hash)),
        at: Timestamp::now(),
        who: who(),
        why: why.to_owned(),
    };
    Ok(place::open(context, None, false)?.writer()?.tag(&change)?)
}

/// Who registers versions now, and by what command.
#[must_use]
pub fn editor(command: &str) -> Editor {
    Editor { who: who(), why: command.to_owned() }
}

/// Who is asking, as the system knows them.
fn who() -> String {
    let known = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    known.filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

fn moved(tag: &str, before: Option<&StoredVersion>, version: &StoredVersion) -> String {
    let at = |version: &StoredVersion| format!("{}@{}", version.name, version.label);
    match before {
        Some(before) if before.hash == version.hash && before.name == version.name => {
            format!("`{tag}` stands at {} already; noted again", at(version))
        }
        Some(before) => format!("`{tag}` moved from {} to {}", at(before), at(version)),
        None => format!("`{tag}` stands at {}", at(version)),
    }
}

fn said(
    tag: &str,
    before: Option<&StoredVersion>,
    version: &StoredVersion,
    context: &mut Context<'_>,
) -> Result<(), CommandError> {
    if context.json {
        let body = json!({"tag": tag, "version": version.name, "label": version.label.to_string(),
                          "hash": version.hash.to_string(),
                          "before": before.map(|before| format!("{}@{}", before.name, before.label))});
        context.document("proto.versions/1", body)?;
        return Ok(());
    }
    writeln!(context.out, "{}", moved(tag, before, version))?;
    Ok(())
}
