//! Privileges, roles, extensions, and what reaches out of the database.
//!
//! Manual, "GRANT", "CREATE ROLE", "COPY", "CREATE LANGUAGE"; whether an extension is trusted is told in its control file.

use super::analysis::Analysis;
use super::missing;
use crate::catalog::Relation;
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{ClientChange, Confidence, EffectKind, LockMode, PasswordWord, Reach, Subject, Weakening};
use crate::source::Span;
use crate::statement::{
    AlterObject, Copy, CreateExtension, CreateFunction, CreateObject, Grant, Name, ObjectKind, ParameterMode,
    RowSecurity, Statement, StorageOption, TypeName,
};
use smol_str::{SmolStr, format_smolstr};

/// `GRANT`, `REVOKE`, `ALTER DEFAULT PRIVILEGES`.
pub(super) fn grant(analysis: &mut Analysis<'_>, statement: &Statement, grant: &Grant) {
    let relations = matches!(grant.kind, Some(ObjectKind::Table | ObjectKind::Sequence)) && !grant.default_privileges;
    let mut subjects: Vec<(&Relation, Span)> = Vec::new();
    if relations {
        for name in &grant.names {
            let Some(relation) = analysis.named(name) else {
                return;
            };
            // From 18 on the names are looked up under a lock (truth: grant_column).
            if analysis.version() >= Version(18) {
                analysis.lock(relation, LockMode::AccessShare, name.span());
            }
            subjects.push((relation, name.span()));
        }
    }
    if missing::refuse_grant(analysis, grant, relations) {
        return;
    }
    let has = |wanted: &[&str]| grant.privileges.iter().any(|it| wanted.contains(&it.as_str()));
    let names = || {
        grant.names.iter().map(|name| format!("{name}")).chain(grant.in_schemas.iter().map(|it| it.name.to_string()))
    };
    let changing = ["all", "insert", "update", "delete", "truncate", "trigger", "maintain", "create"];
    let of_kind = !matches!(
        grant.kind,
        Some(ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Type)
    );
    let kind = EffectKind::Grants {
        privileges: SmolStr::from(grant.privileges.join(", ")),
        grantees: SmolStr::from(grant.grantees.join(", ")),
        revoke: grant.revoke,
        object: SmolStr::new_static(grant.kind.map_or("role", ObjectKind::name)),
        name: SmolStr::from(names().collect::<Vec<_>>().join(", ")),
        all_in_schema: !grant.default_privileges && !grant.in_schemas.is_empty(),
        to_public: grant.grantees.iter().any(|role| role == "public"),
        // ALL has CREATE in it only where there is something to create in.
        creates: has(&["create"])
            || has(&["all"]) && matches!(grant.kind, Some(ObjectKind::Schema | ObjectKind::Database)),
        changes: grant.kind.is_some() && of_kind && has(&changing),
        grant_option: grant.grant_option,
        default_privileges: grant.default_privileges,
    };
    if subjects.is_empty() {
        analysis.add(statement.span, kind);
        return;
    }
    for (relation, focus) in subjects {
        analysis.on(relation, focus, kind.clone());
        if grant.revoke {
            let kind = EffectKind::breaks_clients(ClientChange::Revoke, relation.display_name());
            let effect = analysis.on(relation, focus, kind);
            effect.confidence = Confidence::Assumed;
            effect.assumptions.push("somebody uses the privileges".to_owned());
        }
    }
}

/// Procedural languages without a sandbox, as far as they are known by name.
const UNTRUSTED: [&str; 9] =
    ["plpythonu", "plpython2u", "plpython3u", "plperlu", "pltclu", "plsh", "plluau", "plrustu", "plr"];

/// Extensions whose control file says `trusted` (manual, "Additional Supplied Modules", 13 and newer).
const TRUSTED: [&str; 27] = [
    "bool_plperl",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dict_int",
    "dict_xsyn",
    "fuzzystrmatch",
    "hstore",
    "hstore_plperl",
    "intarray",
    "isn",
    "jsonb_plperl",
    "lo",
    "ltree",
    "pg_trgm",
    "pgcrypto",
    "plperl",
    "plpgsql",
    "pltcl",
    "seg",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
];

fn reaches(analysis: &mut Analysis<'_>, focus: Span, how: Reach, name: SmolStr) {
    analysis.add(focus, EffectKind::ReachesOut { how, name });
}

/// Arguments that become a part of a command: those whose text its author chooses freely.
fn executed_arguments(analysis: &mut Analysis<'_>, create: &CreateFunction) {
    let Some(body) = &create.body else { return };
    let free = |ty: &TypeName| {
        let texts = ["text", "varchar", "bpchar", "name", "citext", "json", "jsonb", "xml"];
        texts.contains(&ty.name.as_str())
    };
    let mut told: Vec<&Name> = Vec::new();
    for used in &body.unquoted {
        let argument = create.parameters.iter().find(|it| it.name.as_ref().is_some_and(|name| name.name == used.name));
        let given = argument.filter(|it| {
            matches!(it.mode, ParameterMode::In | ParameterMode::InOut | ParameterMode::Variadic) && free(&it.ty)
        });
        if given.is_none() || told.contains(&&used.name) {
            continue;
        }
        told.push(&used.name);
        let kind = EffectKind::ExecutesArgument {
            function: format_smolstr!("{}", create.name),
            argument: used.name.clone(),
            definer: create.security_definer.is_some(),
        };
        analysis.add(used.span, kind);
    }
}

/// The language of a function, and what it executes.
pub(super) fn create_function(analysis: &mut Analysis<'_>, create: &CreateFunction, focus: Span) {
    executed_arguments(analysis, create);
    match create.language.as_deref() {
        Some("c") => reaches(analysis, focus, Reach::Library, SmolStr::new_static("c")),
        Some(language) if UNTRUSTED.contains(&language) => {
            reaches(analysis, focus, Reach::UntrustedLanguage, language.into());
        }
        _ => {}
    }
}

/// Roles and languages.
pub(super) fn create(analysis: &mut Analysis<'_>, statement: &Statement, create: &CreateObject) {
    let Some(name) = &create.name else {
        return;
    };
    match create.kind {
        ObjectKind::Language if UNTRUSTED.contains(&name.name.name.as_str()) => {
            reaches(analysis, name.span(), Reach::UntrustedLanguage, name.name.name.clone());
        }
        ObjectKind::Role => {
            let has = |attribute: &str| create.options.iter().any(|option| option.name == attribute);
            let attribute = POWERS.iter().find(|power| has(power)).copied().unwrap_or_default();
            role(analysis, statement, name.name.name.clone(), true, attribute);
        }
        _ => {}
    }
}

/// Attributes that pass by privileges, the strongest first.
const POWERS: [&str; 4] = ["superuser", "bypassrls", "replication", "createrole"];

/// Roles.
pub(super) fn alter(analysis: &mut Analysis<'_>, statement: &Statement, alter: &AlterObject) {
    if alter.kind == ObjectKind::Role
        && let Some(name) = &alter.name
        && alter.rename_to.is_none()
    {
        let words: Vec<&str> = alter.rest.split(' ').collect();
        let configures = words.iter().any(|word| matches!(*word, "set" | "reset"));
        let attribute = POWERS.iter().find(|power| words.contains(power) && !configures).copied().unwrap_or_default();
        role(analysis, statement, name.name.name.clone(), false, attribute);
    }
}

fn role(analysis: &mut Analysis<'_>, statement: &Statement, name: SmolStr, create: bool, attribute: &'static str) {
    let password = analysis.keyword(statement.span, "PASSWORD");
    let written = password.map(|password| {
        let rest = analysis.text(Span::new(password.end, statement.span.end)).trim_start();
        (password, rest)
    });
    let (focus, password) = match written {
        Some((at, rest)) if rest.starts_with(['\'', '$']) || rest.starts_with("E'") || rest.starts_with("e'") => {
            let value = rest.trim_start_matches(['E', 'e', '\'']);
            let foreign =
                value.starts_with(['$', ':', '<', '%']) && !value.starts_with("$$") || value.starts_with("{{");
            (at, if foreign || is_filler(value) { PasswordWord::Placeholder } else { PasswordWord::Literal })
        }
        Some((at, rest)) if rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("null")) => {
            (at, PasswordWord::None)
        }
        Some((at, _)) => (at, PasswordWord::Placeholder),
        None => (statement.span, PasswordWord::None),
    };
    let attribute = SmolStr::from(attribute.to_ascii_uppercase());
    analysis.add(focus, EffectKind::ChangesRole { name, create, attribute, password });
}

/// Whether a written password says that it is to be replaced: `change-me`, `changeme_app`, `your_password_here`, `***`.
fn is_filler(value: &str) -> bool {
    let value = value.split('\'').next().unwrap_or_default();
    let letters: String = value.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let words = ["changeme", "changethis", "replaceme", "replacethis", "placeholder", "redacted"];
    let begins_so = words.iter().any(|word| letters.starts_with(word));
    begins_so
        || (letters.starts_with("your") && letters.contains("password"))
        || (letters.is_empty() && !value.is_empty())
}

/// `CREATE EXTENSION`.
pub(super) fn create_extension(analysis: &mut Analysis<'_>, create: &CreateExtension) {
    let name = create.name.name.clone();
    if UNTRUSTED.contains(&name.as_str()) {
        reaches(analysis, create.name.span, Reach::UntrustedLanguage, name.clone());
    }
    let trusted = analysis.version() >= Version(13) && TRUSTED.contains(&name.as_str());
    let schema = create.schema.as_ref().map(|schema| schema.name.clone()).unwrap_or_default();
    analysis.add(create.name.span, EffectKind::InstallsExtension { name, schema, trusted });
}

/// `COPY` from or to what is on the server's machine.
pub(super) fn copy(analysis: &mut Analysis<'_>, statement: &Statement, copy: &Copy) {
    if copy.program {
        let focus = analysis.keyword(statement.span, "PROGRAM").unwrap_or(statement.span);
        reaches(analysis, focus, Reach::Program, SmolStr::default());
    } else if copy.file {
        reaches(analysis, statement.span, Reach::ServerFile, SmolStr::default());
    }
}

/// `LOAD` and its like.
pub(super) fn session_command(analysis: &mut Analysis<'_>, statement: &Statement, verb: &str) {
    if verb == "LOAD" {
        let name = analysis.text(statement.span).get(4..).unwrap_or_default().trim().trim_matches('\'');
        reaches(analysis, statement.span, Reach::Library, format_smolstr!("{name}"));
    }
}

/// How many policies a finding points at.
const POLICIES: usize = 4;

/// `DISABLE ROW LEVEL SECURITY`, `NO FORCE`.
pub(super) fn row_security(analysis: &mut Analysis<'_>, relation: &Relation, focus: Span, switch: RowSecurity) {
    let change = match switch {
        RowSecurity::Disable => Weakening::Disable,
        RowSecurity::NoForce => Weakening::NoForce,
        RowSecurity::Enable | RowSecurity::Force => return,
    };
    let table = relation.as_table();
    let was_so = table.is_some_and(|table| {
        table.complete && !(if change == Weakening::Disable { table.row_security } else { table.force_row_security })
    });
    if !was_so {
        let policies = relation.attachments().iter().filter(|it| it.kind == ObjectKind::Policy);
        let policies = policies.filter(|_| change == Weakening::Disable).take(POLICIES);
        let idle =
            policies.map(|it| Label { message: format!("policy `{}` no longer counts", it.name), at: it.origin.at });
        let idle: Vec<Label> = idle.collect();
        let kind = EffectKind::WeakensRowSecurity { change, policy: SmolStr::default() };
        analysis.on(relation, focus, kind).because.extend(idle);
    }
}

/// `WITH (...)` of a new table.
pub(super) fn storage_options(analysis: &mut Analysis<'_>, subject: Subject, options: &[StorageOption]) {
    for option in options {
        analysis.on_new(subject.clone(), option.span, sets(option));
    }
}

/// `SET (...)` of a table or index.
pub(super) fn set_options(analysis: &mut Analysis<'_>, relation: &Relation, options: &[StorageOption]) {
    for option in options {
        analysis.on(relation, option.span, sets(option));
    }
}

fn sets(option: &StorageOption) -> EffectKind {
    let value = option.value.as_deref().unwrap_or("true").to_ascii_lowercase();
    let off = ["false", "off", "no", "0"].contains(&value.as_str()) && option.name.ends_with("_enabled");
    let value = if off { SmolStr::new_static("false") } else { value.into() };
    EffectKind::SetsOption { option: option.name.clone(), value }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    fn of(sql: &str, kinds: &str) -> Vec<String> {
        effects(15, "CREATE TABLE t (id int PRIMARY KEY);", sql, kinds)
    }

    #[test]
    fn all_on_a_table_lets_nobody_create() {
        let creates = |sql: &str| of(sql, "grants").iter().any(|line| line.contains(" creates"));
        assert!(creates("GRANT ALL ON SCHEMA public TO app") && creates("GRANT CREATE ON DATABASE d TO app"));
        assert!(!creates("GRANT ALL ON t TO app") && !creates("GRANT ALL ON ALL TABLES IN SCHEMA public TO app"));
    }

    #[test]
    fn passwords_are_told_from_placeholders() {
        let role = |sql: &str| of(sql, "changes-role");
        assert_eq!(
            role("CREATE ROLE app LOGIN SUPERUSER PASSWORD 'hunter2'"),
            ["changes-role name=app create attribute=SUPERUSER password=literal"]
        );
        assert_eq!(role("ALTER USER app WITH PASSWORD 'x'"), ["changes-role name=app password=literal"]);
        assert_eq!(role("ALTER ROLE app PASSWORD NULL"), ["changes-role name=app password=none"]);
        assert_eq!(role("ALTER ROLE app PASSWORD '${PW}'"), ["changes-role name=app password=placeholder"]);
        assert_eq!(
            role("CREATE USER app PASSWORD 'change-me-app'"),
            ["changes-role name=app create password=placeholder"]
        );
        assert_eq!(role("CREATE USER app PASSWORD 'changing'"), ["changes-role name=app create password=literal"]);
        assert_eq!(role("ALTER ROLE app SET search_path = 'superuser'"), ["changes-role name=app password=none"]);
    }

    #[test]
    fn what_reaches_out() {
        let out = |sql: &str| of(sql, "reaches-out");
        assert_eq!(out("COPY t FROM PROGRAM 'curl x'"), ["reaches-out how=program"]);
        assert_eq!(out("COPY t FROM '/tmp/x.csv'"), ["reaches-out how=server-file"]);
        assert_eq!(out("COPY t FROM stdin"), [""; 0]);
        assert_eq!(out("LOAD 'auto_explain'"), ["reaches-out how=library name=auto_explain"]);
        let function = |language| format!("CREATE FUNCTION f() RETURNS int LANGUAGE {language} AS 'x'");
        assert_eq!(out(&function("plpython3u")), ["reaches-out how=untrusted-language name=plpython3u"]);
        assert_eq!(out(&function("plperl")), [""; 0]);
    }

    #[test]
    fn privileges_say_what_they_allow() {
        let grants = |sql: &str| of(sql, "grants");
        assert_eq!(
            grants("GRANT CREATE ON SCHEMA public TO PUBLIC"),
            ["grants privileges=create grantees=public object=schema name=public to_public creates changes"]
        );
        assert_eq!(
            grants("GRANT SELECT ON ALL TABLES IN SCHEMA public TO app WITH GRANT OPTION"),
            ["grants privileges=select grantees=app object=table name=public all_in_schema grant_option"]
        );
        assert_eq!(grants("GRANT admin TO app"), ["grants privileges=admin grantees=app object=role"]);
    }

    #[test]
    fn row_security_that_was_not_there_is_not_weakened() {
        let weakens = |sql: &str| of(sql, "weakens-row-security");
        assert_eq!(weakens("ALTER TABLE t DISABLE ROW LEVEL SECURITY"), [""; 0]);
        assert_eq!(
            weakens("ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t DISABLE ROW LEVEL SECURITY"),
            ["weakens-row-security t change=disable"]
        );
    }
}
