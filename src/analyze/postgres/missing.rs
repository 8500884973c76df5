//! Objects that a statement needs and that are certain not to be there: with the whole schema at hand, what was never made.
//!
//! Roles, databases and tablespaces are the cluster's, and may come from elsewhere. Extensions bring objects that no file names.

use super::analysis::Analysis;
use super::volatility::builtin;
use crate::catalog::is_built_in;
use crate::effect::FailReason;
use crate::source::Span;
use crate::statement::{Grant, Ident, ObjectKind, ObjectName};

/// The access methods that every server has.
pub(super) const METHODS: [&str; 7] = ["btree", "hash", "gist", "gin", "brin", "spgist", "heap"];

/// The languages that every server has.
const LANGUAGES: [&str; 4] = ["sql", "plpgsql", "c", "internal"];

/// Types by the names that only the grammar knows.
const SPELLED: [&str; 12] = [
    "int",
    "integer",
    "smallint",
    "bigint",
    "boolean",
    "real",
    "decimal",
    "dec",
    "character",
    "nchar",
    "double",
    "float",
];

/// The schemas that every database has.
const SCHEMAS: [&str; 4] = ["public", "pg_temp", "information_schema", "pg_catalog"];

/// The SQLSTATE of the failure where an object is certain not to exist.
pub(super) fn sqlstate(analysis: &Analysis<'_>, kind: ObjectKind, name: &ObjectName) -> Option<&'static str> {
    let system =
        name.schema.as_ref().is_some_and(|schema| SCHEMAS.contains(&schema.name.as_str()) && schema.name != "public");
    if !analysis.context.settings.from_empty || system {
        return None;
    }
    let catalog = analysis.catalog();
    let path = analysis.context.session.search_path();
    let schema = name.schema.as_ref().map(|schema| schema.name.as_str());
    let plain = name.name.name.as_str();
    let known = catalog.object(kind, plain).is_some();
    // What extensions bring nobody knows.
    let closed = !analysis.has_extensions();
    match kind {
        ObjectKind::Extension => (!known && plain != "plpgsql").then_some("42704"),
        ObjectKind::Publication | ObjectKind::Subscription | ObjectKind::Server => (!known).then_some("42704"),
        ObjectKind::EventTrigger | ObjectKind::ForeignDataWrapper => (!known && closed).then_some("42704"),
        ObjectKind::AccessMethod => (!known && closed && !METHODS.contains(&plain)).then_some("42704"),
        ObjectKind::Language => (!known && closed && !LANGUAGES.contains(&plain)).then_some("42704"),
        ObjectKind::Schema => {
            (catalog.schema(plain).is_none() && !plain.starts_with("pg_") && !SCHEMAS.contains(&plain))
                .then_some("3F000")
        }
        ObjectKind::Type | ObjectKind::Domain => {
            let row_type = || catalog.resolve(name, &path).is_some();
            let known = is_built_in(plain)
                || SPELLED.contains(&plain)
                || catalog.type_named(schema, plain, &path).is_some()
                || row_type();
            (!known && closed).then_some("42704")
        }
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Aggregate => {
            let known = catalog.function(name, &path).is_some()
                || catalog.object(ObjectKind::Aggregate, plain).is_some()
                || builtin(plain, analysis.version()).is_some();
            (!known && closed).then_some("42883")
        }
        _ => None,
    }
}

/// The SQLSTATE with which a `DROP` of an object that is certain not to exist, or to be the server's own, is refused.
pub(super) fn sqlstate_of_drop(analysis: &Analysis<'_>, kind: ObjectKind, name: &ObjectName) -> Option<&'static str> {
    let unmade = || {
        let known = analysis.catalog().object(kind, &name.name.name).is_some();
        analysis.context.settings.from_empty && !known && !analysis.has_extensions()
    };
    match kind {
        ObjectKind::Operator => unmade().then_some("42883"),
        ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::OperatorClass
        | ObjectKind::OperatorFamily
        | ObjectKind::TextSearchConfiguration
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate => unmade().then_some("42704"),
        _ => sqlstate(analysis, kind, name),
    }
}

/// Fails the statement where an object that it needs is certain not to exist. Returns whether it does.
pub(super) fn refuse(analysis: &mut Analysis<'_>, kind: ObjectKind, name: &ObjectName) -> bool {
    let Some(sqlstate) = sqlstate(analysis, kind, name) else {
        return false;
    };
    analysis.fail(name.span(), FailReason::Missing, sqlstate, smol_str::format_smolstr!("{name}"));
    true
}

/// The same for an object whose name has no schema.
pub(super) fn refuse_plain(analysis: &mut Analysis<'_>, kind: ObjectKind, name: &Ident) -> bool {
    refuse(analysis, kind, &ObjectName { schema: None, name: name.clone() })
}

/// Fails a GRANT on schemas, functions and the like that are certain not to exist; relations are looked up by themselves.
pub(super) fn refuse_grant(analysis: &mut Analysis<'_>, grant: &Grant, relations: bool) -> bool {
    let schemas = grant.in_schemas.iter().map(|schema| (ObjectKind::Schema, schema.clone(), None));
    let kind = grant.kind.filter(|kind| !relations && !matches!(kind, ObjectKind::Table | ObjectKind::Sequence));
    let objects = grant.names.iter().filter_map(|name| Some((kind?, name.name.clone(), name.schema.clone())));
    schemas.chain(objects).any(|(kind, name, schema)| refuse(analysis, kind, &ObjectName { schema, name }))
}

/// Fails the statement where the schema that a new object's name has is certain not to exist.
pub(super) fn refuse_schema(analysis: &mut Analysis<'_>, name: &ObjectName) -> bool {
    name.schema.as_ref().is_some_and(|schema| refuse_plain(analysis, ObjectKind::Schema, schema))
}

/// Fails the statement for a clause that is newer than the server.
pub(super) fn refuse_syntax(analysis: &mut Analysis<'_>, span: Span, what: &'static str) {
    analysis.fail(span, FailReason::Version, "42601", what);
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    fn fails(version: u16, setup: &str, sql: &str) -> String {
        let lines = effects(version, setup, sql, "fails");
        let word = lines.first().and_then(|line| line.split(' ').find_map(|word| word.strip_prefix("sqlstate=")));
        word.unwrap_or_default().to_owned()
    }

    #[test]
    fn what_was_never_made_is_missing() {
        for (sql, sqlstate) in [
            ("COMMENT ON EXTENSION nope IS 'x'", "42704"),
            ("COMMENT ON FUNCTION nope() IS 'x'", "42883"),
            ("COMMENT ON FUNCTION now() IS 'x'", ""),
            ("COMMENT ON SCHEMA nope IS 'x'", "3F000"),
            ("COMMENT ON TYPE int IS 'x'", ""),
            ("COMMENT ON ROLE nope IS 'x'", ""),
            ("IMPORT FOREIGN SCHEMA s FROM SERVER nope INTO public", "42704"),
            ("CREATE SERVER s FOREIGN DATA WRAPPER nope", "42704"),
            ("CREATE VIEW nope.v AS SELECT 1", "3F000"),
            ("CREATE INDEX ON t USING nope (id)", "42704"),
            ("DROP COLLATION nope", "42704"),
            ("DROP COLLATION IF EXISTS nope", ""),
            ("GRANT USAGE ON SCHEMA nope TO public", "3F000"),
        ] {
            assert_eq!(fails(15, "CREATE TABLE t (id int);", sql), sqlstate, "{sql}");
        }
        // An extension may bring it.
        assert_eq!(fails(15, "CREATE EXTENSION x;", "COMMENT ON FUNCTION nope() IS 'x'"), "");
    }

    #[test]
    fn routines_are_named_with_their_arguments_and_kind() {
        let setup =
            "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION g(int) RETURNS int
            LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION g(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE PROCEDURE p() LANGUAGE sql AS '';";
        for (sql, sqlstate) in [
            ("DROP FUNCTION f(integer)", ""),
            ("DROP FUNCTION f(text)", "42883"),
            ("DROP FUNCTION g", "42725"),
            ("DROP FUNCTION p()", "42809"),
            ("ALTER PROCEDURE f(int) OWNER TO postgres", "42809"),
            ("CREATE OR REPLACE FUNCTION f(a int) RETURNS text LANGUAGE sql AS ''", "42P13"),
            ("CREATE OR REPLACE FUNCTION f(b int) RETURNS int LANGUAGE sql AS ''", "42P13"),
            ("CREATE OR REPLACE FUNCTION g(b int) RETURNS int LANGUAGE sql AS ''", ""),
            ("CREATE OR REPLACE PROCEDURE f(a int) LANGUAGE sql AS ''", "42809"),
            ("CREATE FUNCTION h(nope) RETURNS int LANGUAGE sql AS ''", "42704"),
            ("CREATE FUNCTION h() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'", ""),
            ("CREATE FUNCTION h(anyelement, VARIADIC text[]) RETURNS SETOF record LANGUAGE sql AS ''", ""),
            ("CREATE FUNCTION h(OUT a int, INOUT b numeric(3,1)) LANGUAGE sql AS ''", ""),
        ] {
            assert_eq!(fails(15, setup, sql), sqlstate, "{sql}");
        }
    }

    #[test]
    fn triggers_policies_and_statistics_that_cannot_be() {
        let setup =
            "CREATE TABLE t (id int, j json); CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';
            CREATE FUNCTION n() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE RULE r AS ON DELETE TO t DO NOTHING;
            CREATE PUBLICATION p FOR TABLE t;";
        for (sql, sqlstate) in [
            ("CREATE TRIGGER a AFTER TRUNCATE ON t FOR EACH ROW EXECUTE FUNCTION tf()", "0A000"),
            ("CREATE TRIGGER a BEFORE INSERT ON t REFERENCING NEW TABLE AS n EXECUTE FUNCTION tf()", "42P17"),
            ("CREATE TRIGGER a BEFORE UPDATE OF nope ON t FOR EACH ROW EXECUTE FUNCTION tf()", "42703"),
            ("CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW WHEN (OLD.id > 1) EXECUTE FUNCTION tf()", "42P17"),
            ("CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.id > 1) EXECUTE FUNCTION tf()", ""),
            ("CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION n()", "42P17"),
            ("CREATE POLICY a ON t FOR SELECT WITH CHECK (true)", "42601"),
            ("CREATE POLICY a ON t USING (nope = 1)", "42703"),
            ("CREATE RULE r AS ON DELETE TO t DO NOTHING", "42710"),
            ("CREATE STATISTICS s ON id FROM t", "42P17"),
            ("CREATE STATISTICS s (nope) ON id, j FROM t", "42601"),
            ("ALTER PUBLICATION p ADD TABLE t", "42710"),
            ("ALTER PUBLICATION p RENAME TO q; ALTER PUBLICATION q DROP TABLE t", ""),
            ("CREATE INDEX ON t (j)", "42704"),
            ("CREATE INDEX ON t USING hash (id, j)", "0A000"),
            ("CREATE CAST (bigint AS date) WITHOUT FUNCTION", "42P17"),
            ("CREATE CAST (bigint AS timestamp) WITHOUT FUNCTION", ""),
        ] {
            assert_eq!(fails(15, setup, sql), sqlstate, "{sql}");
        }
    }
}
