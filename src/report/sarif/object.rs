//! The objects of SARIF 2.1.0 that the report uses, as the standard names and orders them. Numbers in comments are its sections.

use serde::Serialize;
use std::borrow::Cow;

/// 3.13: the whole file.
#[derive(Serialize)]
pub(super) struct Log<'a> {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) runs: [Run<'a>; 1],
}

/// 3.14.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'a> {
    pub(super) tool: Tool<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) automation_details: Option<Automation>,
    pub(super) invocations: [Invocation<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) version_control_provenance: Vec<Provenance<'a>>,
    pub(super) original_uri_base_ids: SourceRoots<'a>,
    pub(super) column_kind: &'static str,
    /// 3.14.18: without it, a lone CR would end no line.
    pub(super) newline_sequences: [&'static str; 3],
    pub(super) artifacts: Vec<Artifact>,
    pub(super) results: Vec<ResultObject<'a>>,
}

/// 3.18.
#[derive(Serialize)]
pub(super) struct Tool<'a> {
    pub(super) driver: Driver<'a>,
}

/// 3.19: the program, with what it can find.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Driver<'a> {
    pub(super) name: &'static str,
    pub(super) full_name: &'static str,
    pub(super) version: &'static str,
    pub(super) semantic_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) information_uri: Option<&'a str>,
    pub(super) short_description: Message<'a>,
    pub(super) rules: Vec<Reporting<'a>>,
}

/// 3.49: a rule.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reporting<'a> {
    pub(super) id: &'a str,
    pub(super) name: String,
    pub(super) short_description: Message<'a>,
    pub(super) full_description: Message<'a>,
    pub(super) help: Message<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help_uri: Option<String>,
    pub(super) default_configuration: Configuration,
    pub(super) properties: ReportingProperties<'a>,
}

/// 3.50.
#[derive(Serialize)]
pub(super) struct Configuration {
    pub(super) level: &'static str,
    pub(super) enabled: bool,
}

/// What GitHub asks of a rule beyond the standard.
#[derive(Serialize)]
pub(super) struct ReportingProperties<'a> {
    pub(super) tags: [&'a str; 3],
    pub(super) precision: &'static str,
    #[serde(rename = "problem.severity")]
    pub(super) problem_severity: &'static str,
}

/// 3.11, and 3.12 where there is Markdown.
#[derive(Serialize)]
pub(super) struct Message<'a> {
    pub(super) text: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) markdown: Option<String>,
}

impl<'a> Message<'a> {
    /// Plain text.
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), markdown: None }
    }
}

/// 3.17: which of several runs over one commit it is.
#[derive(Serialize)]
pub(super) struct Automation {
    /// The category, and a run within it that has no name.
    pub(super) id: String,
}

/// 3.23: which state of which repository was looked at.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provenance<'a> {
    pub(super) repository_uri: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) revision_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) branch: Option<&'a str>,
    pub(super) mapped_to: Root,
}

/// 3.4: the folder that others are relative to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Root {
    pub(super) uri_base_id: &'static str,
}

/// 3.20.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation<'a> {
    pub(super) execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tool_execution_notifications: Vec<Notification<'a>>,
}

/// 3.58.
#[derive(Serialize)]
pub(super) struct Notification<'a> {
    pub(super) level: &'static str,
    pub(super) message: Message<'a>,
}

/// 3.14.14.
#[derive(Serialize)]
pub(super) struct SourceRoots<'a> {
    #[serde(rename = "%SRCROOT%")]
    pub(super) root: SourceRoot<'a>,
}

/// 3.4: a folder.
#[derive(Serialize)]
pub(super) struct SourceRoot<'a> {
    pub(super) uri: String,
    pub(super) description: Message<'a>,
}

/// 3.24: a file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Artifact {
    pub(super) location: ArtifactLocation,
    /// Bytes; `None` where the file could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source_language: Option<&'static str>,
}

/// 3.4: where a file is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactLocation {
    pub(super) uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uri_base_id: Option<&'static str>,
}

/// 3.27: a finding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultObject<'a> {
    pub(super) rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule_index: Option<usize>,
    pub(super) level: &'static str,
    pub(super) message: Message<'a>,
    pub(super) locations: [Place<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) related_locations: Vec<Place<'a>>,
    pub(super) partial_fingerprints: Fingerprints<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fixes: Vec<Fix<'a>>,
    pub(super) properties: ResultProperties<'a>,
}

/// 3.27.17. GitHub's own, `primaryLocationLineHash`, is left to its uploader, which works it out of the file.
#[derive(Serialize)]
pub(super) struct Fingerprints<'a> {
    #[serde(rename = "shipworthyFinding/v1")]
    pub(super) finding: &'a str,
}

/// What a finding has that the standard has no place for.
#[derive(Serialize)]
pub(super) struct ResultProperties<'a> {
    pub(super) category: &'a str,
    #[serde(skip_serializing_if = "is_empty")]
    pub(super) help: &'a [String],
    #[serde(skip_serializing_if = "is_empty")]
    pub(super) notes: &'a [String],
}

fn is_empty(lines: &&[String]) -> bool {
    lines.is_empty()
}

/// 3.28.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<usize>,
    pub(super) physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<Message<'a>>,
}

/// 3.29.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: ArtifactLocation,
    pub(super) region: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) context_region: Option<Region>,
}

/// 3.30. Lines and columns from 1, the end exclusive; without columns it is whole lines.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    pub(super) start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_column: Option<u32>,
    pub(super) end_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) snippet: Option<ArtifactContent<'static>>,
}

/// 3.3.
#[derive(Serialize)]
pub(super) struct ArtifactContent<'a> {
    pub(super) text: Cow<'a, str>,
}

/// 3.55.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fix<'a> {
    pub(super) description: Message<'a>,
    pub(super) artifact_changes: [ArtifactChange<'a>; 1],
}

/// 3.56.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactChange<'a> {
    pub(super) artifact_location: ArtifactLocation,
    pub(super) replacements: Vec<Replacement<'a>>,
}

/// 3.57.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Replacement<'a> {
    pub(super) deleted_region: Region,
    #[serde(skip_serializing_if = "is_nothing")]
    pub(super) inserted_content: ArtifactContent<'a>,
}

fn is_nothing(content: &ArtifactContent<'_>) -> bool {
    content.text.is_empty()
}
