//! Who may do what when all migrations have run: policies, functions and views with their owner's rights.
//!
//! Manual, "Row Security Policies", "CREATE POLICY", "CREATE FUNCTION" (writing SECURITY DEFINER functions safely), "CREATE VIEW".

use super::{effect, subject};
use crate::catalog::{Catalog, Given, PolicyFact, Relation, Table};
use crate::diagnostic::Label;
use crate::effect::{Effect, EffectKind, PolicyCondition};
use crate::statement::{
    Body, ColumnUse, Command, Expr, ExprKind, FunctionCall, InsertSource, Literal, Name, ObjectKind, ObjectName,
    Policy, Query, RelationUse,
};
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeMap;

/// The roles behind the keys that a PostgREST API gives out.
const API_ROLES: [&str; 2] = ["anon", "authenticated"];

/// Adds what the end state says.
pub(super) fn left(catalog: &Catalog, effects: &mut Vec<Effect>) {
    for relation in catalog.relations() {
        if let Some(table) = relation.as_table() {
            policies(catalog, relation, table, effects);
            if table.foreign
                && let Some(origin) = relation.origin
            {
                let revoked = is_revoked(catalog, relation);
                let kind = EffectKind::ReadsAsOwner {
                    guarded: true,
                    users: false,
                    revoked,
                    ungranted: is_ungranted(catalog, relation),
                };
                effects.push(effect(Some(subject(relation)), origin.at, kind));
            }
        }
        view(catalog, relation, effects);
    }
    for ((schema, name, arguments), definer) in catalog.definers() {
        let function = catalog.function_at(schema, name);
        let overload = function.and_then(|function| function.overloads.iter().find(|it| it.arguments == *arguments));
        let looks_up = overload.is_some_and(|overload| overload.body.as_ref().is_none_or(looks_up));
        let name = match schema.as_str() {
            "public" => name.clone(),
            schema => format_smolstr!("{schema}.{name}"),
        };
        let kind = EffectKind::RunsAsOwner {
            object: SmolStr::new_static(if definer.procedure { "procedure" } else { "function" }),
            name,
            fixed_path: definer.fixed_path || definer.parsed_at_once,
            public: definer.public,
            trigger: definer.trigger,
            default_grant: schema == "public"
                && API_ROLES.iter().any(|role| !definer.decided.iter().any(|it| it == role)),
            hijackable: looks_up && (definer.public || definer.granted || definer.trigger),
        };
        let mut found = effect(None, definer.at, kind);
        found.focus = definer.focus;
        effects.push(found);
    }
}

/// Whether a body looks up relations by a name without a schema, which a temporary table of the caller's takes; or may do so.
fn looks_up(body: &Body) -> bool {
    let bare = |name: &ObjectName| name.schema.is_none();
    let reads = |query: &Query| !query.understood || query.reads.iter().any(|read| bare(&read.name));
    let writes = |table: &RelationUse, with: &Query| bare(&table.name) || reads(with);
    !body.opaque.is_empty()
        || body.statements.iter().any(|statement| match &statement.command {
            Command::Query(query) => reads(query) || !query.writes.is_empty(),
            Command::Insert(insert) => {
                let selected = matches!(&insert.source, Some(InsertSource::Query(query)) if reads(query));
                writes(&insert.table, &insert.with) || selected
            }
            Command::Update(update) => writes(&update.table, &update.with),
            Command::Delete(delete) => writes(&delete.table, &delete.with),
            Command::Merge(merge) => writes(&merge.table, &merge.with),
            // A procedure is never looked for in the temporary schema, only what a subquery of its arguments reads.
            Command::Call(call) => call.arguments.iter().any(|argument| {
                anywhere(argument, &mut |part| matches!(&part.kind, ExprKind::Subquery(query) if reads(query)))
            }),
            Command::Transaction(_) => false,
            _ => true,
        })
}

/// Tables whose policies leave out the owner, that a role misses, or that belong to nobody in particular.
pub(super) fn tables(catalog: &Catalog, effects: &mut Vec<Effect>) {
    let tables = || {
        catalog.relations().filter_map(|relation| {
            let table = relation.as_table().filter(|table| !table.foreign && table.partition.is_none())?;
            let origin = relation.origin.filter(|_| !relation.is_temporary())?;
            Some((relation, table, origin))
        })
    };
    let mut given: BTreeMap<&Name, Vec<(&Name, &Given)>> = BTreeMap::new();
    for (schema, role, what) in catalog.given_all_tables() {
        given.entry(schema).or_default().push((role, what));
    }
    // Of each schema the owner of its tables, where all that were given one have the same, and how many these are.
    let mut owners: BTreeMap<&Name, (Option<&Name>, usize)> = BTreeMap::new();
    for (relation, _, _) in tables() {
        let Some(owner) = &relation.owner else { continue };
        let (common, count) = owners.entry(&relation.schema).or_insert((Some(owner), 0));
        *common = common.filter(|known| *known == owner);
        *count += 1;
    }
    for (relation, table, origin) in tables() {
        let policies = table.attachments.iter().any(|it| it.kind == ObjectKind::Policy);
        if table.row_security && !table.force_row_security && policies {
            effects.push(effect(Some(subject(relation)), origin.at, EffectKind::ExemptsOwner {}));
        }
        let later = |given: &Given| {
            let same_file = given.transaction == origin.transaction && given.at.source == origin.at.source;
            given.transaction < origin.transaction || (same_file && given.at.span.start < origin.at.span.start)
        };
        let missed = given.get(&relation.schema).into_iter().flatten();
        let missed = missed.filter(|(role, what)| later(what) && !catalog.is_given(relation, role));
        let (roles, places): (Vec<&str>, Vec<_>) = missed.map(|(role, what)| (role.as_str(), what.at)).unzip();
        if !roles.is_empty() {
            let kind = EffectKind::LacksGrant { roles: roles.join(", ").into(), schema: relation.schema.clone() };
            let mut found = effect(Some(subject(relation)), origin.at, kind);
            let label = |at| Label { message: "the tables of that time are given here".to_owned(), at };
            found.because.extend(places.into_iter().take(2).map(label));
            effects.push(found);
        }
        if let (None, Some((Some(owner), 2..))) = (&relation.owner, owners.get(&relation.schema)) {
            let kind = EffectKind::LacksOwner { owner: (*owner).clone() };
            effects.push(effect(Some(subject(relation)), origin.at, kind));
        }
    }
}

/// Whether the roles of the API may no longer read a relation. Privileges that everybody has by PUBLIC are not theirs: there are none on
/// tables by default.
pub(super) fn is_revoked(catalog: &Catalog, relation: &Relation) -> bool {
    API_ROLES.iter().all(|role| catalog.is_revoked(relation.id, role))
}

/// Whether a relation is outside `public`, for which alone Supabase has default privileges, and nothing on it was given to the roles of the
/// API: by name, with all tables of its schema, or in advance. What a schema that was never seen created gives in advance is not known.
pub(super) fn is_ungranted(catalog: &Catalog, relation: &Relation) -> bool {
    let made = catalog.schema(&relation.schema).is_some_and(|schema| schema.origin.is_some());
    made && relation.schema != "public" && !API_ROLES.iter().any(|role| may_use(catalog, relation, role))
}

/// Whom a relation without row level security is open to, among the roles of the API.
pub(super) fn open_to(catalog: &Catalog, relation: &Relation) -> SmolStr {
    let [anybody, signed_in] = API_ROLES.map(|role| may_use(catalog, relation, role));
    SmolStr::new_static(if signed_in && !anybody { "whoever has signed in" } else { "everybody" })
}

/// Whether a role of the API has a privilege on a relation; in `public` by Supabase's default privileges.
fn may_use(catalog: &Catalog, relation: &Relation, role: &str) -> bool {
    let given = |role: &str| catalog.is_given(relation, &role.into()) || catalog.was_given_with_all(relation, role);
    !catalog.is_revoked(relation.id, role) && (relation.schema == "public" || given(role)) || given("public")
}

fn view(catalog: &Catalog, relation: &Relation, effects: &mut Vec<Effect>) {
    let (Some(view), Some(fact)) = (relation.as_view(), catalog.view_fact(relation.id)) else {
        return;
    };
    if (fact.invoker && !view.materialized) || relation.is_temporary() {
        return;
    }
    let mut reads = view.reads.iter().filter_map(|id| catalog.relation(*id));
    // A view over a view reads as its own owner, too.
    // The rows of a materialized view are those of whoever refreshed it.
    let by_caller = |id| catalog.view_fact(id).is_some_and(|fact| fact.by_caller);
    let chosen = |read: &Relation| read.as_view().is_some_and(|view| !view.materialized) && by_caller(read.id);
    let guarded = !chosen(relation)
        && reads
            .clone()
            .any(|read| !chosen(read) && read.as_table().is_none_or(|table| table.row_security || !table.complete));
    let users = reads.any(|read| read.schema == "auth" && read.name == "users");
    let (revoked, ungranted) = (is_revoked(catalog, relation), is_ungranted(catalog, relation));
    let kind = EffectKind::ReadsAsOwner { guarded, users, revoked, ungranted };
    effects.push(effect(Some(subject(relation)), fact.at, kind));
}

fn policies(catalog: &Catalog, relation: &Relation, table: &Table, effects: &mut Vec<Effect>) {
    let attached = || table.attachments.iter().filter(|it| it.kind == ObjectKind::Policy);
    let facts: Vec<&PolicyFact> = attached().filter_map(|it| catalog.policy(relation.id, &it.name)).collect();
    for fact in &facts {
        let policy = &fact.policy;
        let uses_row = attached().any(|it| it.name == policy.name.name && !it.columns.is_empty())
            || conditions(policy).any(|condition| uses_row_within(condition, relation, table));
        let beside =
            facts.iter().filter(|other| !std::ptr::eq(**other, *fact) && overlap(policy, &other.policy)).count();
        let kind = EffectKind::AllowsRows {
            policy: policy.name.name.clone(),
            command: command(policy).into(),
            restrictive: policy.restrictive,
            roles: match policy.roles.as_slice() {
                [] => SmolStr::new_static("public"),
                roles => SmolStr::from(roles.join(", ")),
            },
            to_public: is_for_public(policy),
            condition: condition(policy, facts.iter().any(|other| restricts(&other.policy, policy))),
            per_row_call: conditions(policy).any(calls_per_row),
            uses_row,
            beside: if policy.restrictive { 0 } else { beside },
        };
        effects.push(effect(Some(subject(relation)), fact.at, kind));
    }
}

fn command(policy: &Policy) -> &str {
    policy.command.as_deref().unwrap_or("all")
}

fn is_for_public(policy: &Policy) -> bool {
    policy.roles.is_empty() || policy.roles.iter().any(|role| role == "public")
}

/// Whether two permissive policies add up for some command and role.
fn overlap(left: &Policy, right: &Policy) -> bool {
    let commands = [command(left), command(right)];
    let same_command = commands[0] == commands[1] || commands.contains(&"all");
    let same_role = is_for_public(left) || is_for_public(right) || left.roles.iter().any(|it| right.roles.contains(it));
    !left.restrictive && !right.restrictive && same_command && same_role
}

/// Whether a restrictive policy holds for every row that another lets through, and asks for something itself.
fn restricts(other: &Policy, policy: &Policy) -> bool {
    let commands = command(other) == "all" || command(other) == command(policy);
    let roles =
        is_for_public(other) || (!is_for_public(policy) && policy.roles.iter().all(|role| other.roles.contains(role)));
    other.restrictive && commands && roles && !conditions(other).any(always_true)
}

fn conditions(policy: &Policy) -> impl Iterator<Item = &Expr> {
    policy.using.iter().chain(&policy.with_check)
}

fn condition(policy: &Policy, restricted: bool) -> PolicyCondition {
    // For writes USING stands in for a WITH CHECK that is not written; an INSERT has only WITH CHECK.
    let missing = match command(policy) {
        "insert" => policy.with_check.is_none(),
        _ => policy.using.is_none(),
    };
    let always_true = conditions(policy).any(always_true);
    // `FOR ALL USING (own row) WITH CHECK (true)` lets rows be given away.
    if always_true && !policy.restrictive && !restricted {
        PolicyCondition::AlwaysTrue
    } else if conditions(policy).any(null_lets_in) {
        PolicyCondition::NullLetsIn
    } else if conditions(policy).any(is_forgeable) {
        PolicyCondition::Forgeable
    } else if missing {
        PolicyCondition::Missing
    } else {
        PolicyCondition::Depends
    }
}

fn always_true(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(Literal::Boolean(value)) => *value,
        ExprKind::Cast(inner, _) => always_true(inner),
        ExprKind::Binary(left, operator, right) if operator == "=" => match (&left.kind, &right.kind) {
            (ExprKind::Literal(left), ExprKind::Literal(right)) => left == right,
            _ => false,
        },
        ExprKind::And(parts) => parts.iter().all(always_true),
        ExprKind::Or(parts) => parts.iter().any(always_true),
        _ => false,
    }
}

/// `auth.uid() IS NULL`, alone or as an alternative.
fn null_lets_in(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Or(parts) => parts.iter().any(null_lets_in),
        ExprKind::IsNull { operand, negated: false } => match &operand.kind {
            ExprKind::Call(call) => is_of_session(call),
            ExprKind::Subquery(query) => query.reads.is_empty() && query.calls.iter().any(is_of_session),
            _ => false,
        },
        _ => false,
    }
}

/// A function that tells who asks.
fn is_of_session(call: &FunctionCall) -> bool {
    let schema = call.name.schema.as_ref().map(|schema| schema.name.as_str());
    let name = call.name.name.name.as_str();
    match schema {
        Some("auth") => matches!(name, "uid" | "jwt" | "role" | "email"),
        None | Some("pg_catalog") => name == "current_setting",
        Some(_) => false,
    }
}

/// A subquery that uses a column of the policy's table, by its name alone or by that of the table.
fn uses_row_within(expr: &Expr, relation: &Relation, table: &Table) -> bool {
    let of_row = |used: &ColumnUse| {
        used.relation.is_none()
            && used.around.as_deref().is_none_or(|qualifier| *qualifier == relation.name)
            && (!table.complete || table.column(&used.column.name).is_some())
    };
    anywhere(expr, &mut |part| matches!(&part.kind, ExprKind::Subquery(query) if query.columns.iter().any(of_row)))
}

/// `user_metadata` of the token, which its owner may write.
fn is_forgeable(expr: &Expr) -> bool {
    const WRITABLE: [&str; 2] = ["user_metadata", "raw_user_meta_data"];
    anywhere(expr, &mut |part| match &part.kind {
        ExprKind::Literal(Literal::String(text)) => {
            // Of a path as in `#>> '{user_metadata,role}'`, too.
            WRITABLE.iter().any(|word| text.trim_start_matches('{').split(',').next() == Some(word))
        }
        ExprKind::Column(path) => path.last().is_some_and(|last| WRITABLE.contains(&last.name.as_str())),
        ExprKind::Subquery(query) => query.columns.iter().any(|used| used.column.name == "raw_user_meta_data"),
        _ => false,
    })
}

/// A function of the session that is called outside a subquery: for each row.
fn calls_per_row(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |part| found |= matches!(&part.kind, ExprKind::Call(call) if is_of_session(call)));
    found
}

/// Whether something holds for a part of an expression, also within its subqueries' conditions and select lists.
fn anywhere(expr: &Expr, holds: &mut dyn FnMut(&Expr) -> bool) -> bool {
    // The parser bounds the depth.
    let mut stack = vec![expr];
    while let Some(expr) = stack.pop() {
        let mut found = false;
        let mut inner: Vec<&Expr> = Vec::new();
        expr.walk(&mut |part| {
            found |= holds(part);
            if let ExprKind::Subquery(query) = &part.kind {
                inner.extend(query.filter.as_deref().into_iter().chain(&query.select_list));
            }
        });
        if found {
            return true;
        }
        stack.extend(inner);
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY);
        CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';
        CREATE TABLE t (id int PRIMARY KEY, owner uuid);";

    fn policy(rest: &str) -> String {
        let lines = effects(15, TABLES, &format!("CREATE POLICY p ON t {rest}"), "allows-rows");
        lines.first().map(|line| line.trim_start_matches("allows-rows t policy=p ").to_owned()).unwrap_or_default()
    }

    #[test]
    fn conditions_of_policies() {
        assert_eq!(policy("USING (true)"), "command=all roles=public to_public condition=always-true");
        assert_eq!(policy("FOR SELECT TO app USING (1 = 1)"), "command=select roles=app condition=always-true");
        assert_eq!(
            policy("TO app USING (auth.uid() IS NULL OR owner = auth.uid())"),
            "command=all roles=app condition=null-lets-in per_row_call uses_row"
        );
        assert_eq!(
            policy("TO app USING (owner = (SELECT auth.uid()))"),
            "command=all roles=app condition=depends uses_row"
        );
        assert_eq!(
            policy("TO app USING (auth.jwt() -> 'user_metadata' ->> 'role' = 'admin')"),
            "command=all roles=app condition=forgeable per_row_call"
        );
        assert_eq!(policy("FOR INSERT TO app"), "command=insert roles=app condition=missing");
    }

    #[test]
    fn permissive_policies_add_up() {
        let sql = "CREATE POLICY p ON t FOR SELECT USING (id > 0); CREATE POLICY q ON t TO app USING (id < 9);
            CREATE POLICY r ON t AS RESTRICTIVE USING (id > 1);";
        let beside = effects(15, TABLES, sql, "allows-rows").iter().filter(|line| line.contains("beside=1")).count();
        assert_eq!(beside, 2);
    }

    #[test]
    fn what_is_mended_later_counts() {
        let left = |sql: &str| effects(15, TABLES, sql, "runs-as-owner");
        let function = "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';";
        assert_eq!(left(function), ["runs-as-owner object=function name=f public default_grant"]);
        let looking = function.replace("SELECT 1", "SELECT id FROM t");
        assert_eq!(left(&looking), ["runs-as-owner object=function name=f public hijackable default_grant"]);
        let own = format!("{looking} REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC;");
        assert_eq!(left(&own), ["runs-as-owner object=function name=f default_grant"]);
        let granted = format!("{own} GRANT EXECUTE ON FUNCTION f() TO app;");
        assert_eq!(left(&granted), ["runs-as-owner object=function name=f hijackable default_grant"]);
        let qualified = function.replace("SELECT 1", "SELECT id FROM public.t");
        assert_eq!(left(&qualified), ["runs-as-owner object=function name=f public default_grant"]);
        let calling = |arguments: &str| {
            let body = format!("BEGIN CALL public.q({arguments}); UPDATE public.t SET id = 1; RETURN 1; END");
            let sql = "CREATE PROCEDURE q(n int) LANGUAGE sql AS 'SELECT 1';".to_owned();
            left(&format!("{sql} {}", function.replace("sql", "plpgsql").replace("SELECT 1", &body)))
        };
        assert_eq!(calling("1"), ["runs-as-owner object=function name=f public default_grant"]);
        let asking = calling("(SELECT max(id) FROM t)");
        assert_eq!(asking, ["runs-as-owner object=function name=f public hijackable default_grant"]);
        let fixed =
            format!("{function} ALTER FUNCTION f() SET search_path = ''; REVOKE ALL ON FUNCTION f() FROM PUBLIC;");
        assert_eq!(left(&fixed), ["runs-as-owner object=function name=f fixed_path default_grant"]);
        assert_eq!(left(&format!("{function} DROP FUNCTION f();")), [""; 0]);
        assert_eq!(left(&format!("{function} ALTER FUNCTION f() SECURITY INVOKER;")), [""; 0]);
        let atomic = "CREATE FUNCTION f() RETURNS int SECURITY DEFINER BEGIN ATOMIC SELECT 1; END;";
        assert_eq!(left(atomic), ["runs-as-owner object=function name=f fixed_path public default_grant"]);
    }

    #[test]
    fn tables_that_roles_miss() {
        let left = |sql: &str| effects(15, "CREATE TABLE old (id int PRIMARY KEY);", sql, "lacks-grant");
        let table = "CREATE TABLE t (id int PRIMARY KEY);";
        let given = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;";
        assert_eq!(left(&format!("{given} {table}")), ["lacks-grant t roles=reader schema=public"]);
        assert_eq!(left(&format!("{table} {given}")), [""; 0]);
        assert_eq!(left(&format!("{given} {table} {given}")), [""; 0]);
        assert_eq!(left(&format!("{given} {table} GRANT SELECT ON t TO reader;")), [""; 0]);
        let default = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader;";
        assert_eq!(left(&format!("{given} {default} {table}")), [""; 0]);
        let other = "CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY);";
        assert_eq!(left(&format!("{given} {other}")), [""; 0]);
        let taken = "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM reader;";
        assert_eq!(left(&format!("{given} {taken} {table}")), [""; 0]);
        assert_eq!(left(&format!("BEGIN; {given} ROLLBACK; {table}")), [""; 0]);
    }

    #[test]
    fn outside_public_a_table_is_open_to_whom_it_was_granted() {
        let left = |sql: &str| effects(15, "CREATE SCHEMA app;", sql, "lacks-policy");
        let table = "CREATE TABLE app.t (id int PRIMARY KEY);";
        let open_to = |given: &str, whom: &str| {
            let found = left(&format!("{table} {given}"));
            assert_eq!(found, [format!("lacks-policy app.t open_to={whom}")], "{given}");
        };
        let none = ["lacks-policy app.t open_to=everybody ungranted"];
        assert_eq!(left(table), none);
        assert_eq!(left(&format!("{table} GRANT ALL ON app.t TO service_role;")), none);
        open_to("GRANT SELECT ON app.t TO anon;", "everybody");
        open_to("GRANT SELECT ON app.t TO PUBLIC;", "everybody");
        open_to("GRANT SELECT ON app.t TO authenticated;", "whoever has signed in");
        let all = "GRANT SELECT ON ALL TABLES IN SCHEMA app TO authenticated;";
        open_to(all, "whoever has signed in");
        assert_eq!(left(&format!("{all} {table}")), none, "only on those that are there");
        let unseen = effects(15, "", "CREATE TABLE other.t (id int PRIMARY KEY);", "lacks-policy");
        assert_eq!(unseen, ["lacks-policy other.t open_to=everybody"]);
        let later = "ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO anon;";
        assert_eq!(left(&format!("{later} {table}")), ["lacks-policy app.t open_to=everybody"]);
        let public = left("CREATE TABLE t (id int PRIMARY KEY); REVOKE ALL ON t FROM anon;");
        assert_eq!(public, ["lacks-policy t open_to=whoever has signed in"]);
    }

    #[test]
    fn tables_of_another_owner() {
        let left = |sql: &str| effects(15, "", sql, "lacks-owner exempts-owner");
        let owned = |name: &str| format!("CREATE TABLE {name} (id int PRIMARY KEY); ALTER TABLE {name} OWNER TO app;");
        let (a, b) = (owned("a"), owned("b"));
        assert_eq!(left(&format!("{a} {b} CREATE TABLE c (id int PRIMARY KEY);")), ["lacks-owner c owner=app"]);
        assert_eq!(left(&format!("{a} CREATE TABLE c (id int PRIMARY KEY);")), [""; 0], "one is no custom");
        let policy = "ALTER TABLE a ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON a USING (id > 0);";
        assert_eq!(left(&format!("{a} {policy}")), ["exempts-owner a"]);
        assert_eq!(left(&format!("{a} {policy} ALTER TABLE a FORCE ROW LEVEL SECURITY;")), [""; 0]);
    }

    #[test]
    fn views_read_as_their_owner() {
        let left = |sql: &str| effects(15, TABLES, sql, "reads-as-owner");
        assert_eq!(left("CREATE VIEW v AS SELECT id FROM t"), ["reads-as-owner v"]);
        assert_eq!(left("CREATE VIEW v AS SELECT id FROM auth.users"), ["reads-as-owner v users"]);
        assert_eq!(left("CREATE VIEW v WITH (security_invoker = on) AS SELECT id FROM t"), [""; 0]);
        assert_eq!(left("CREATE VIEW v AS SELECT id FROM t; ALTER VIEW v SET (security_invoker = true);"), [""; 0]);
        let guarded = "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE VIEW v AS SELECT id FROM t;
            REVOKE ALL ON v FROM anon, authenticated;";
        assert_eq!(left(guarded), ["reads-as-owner v guarded revoked"]);
    }
}
