//! Who may do what, beside the owner: policies, functions with their owner's rights, views, and what was taken from PUBLIC.
//!
//! Kept apart from the objects themselves: it is asked once, when all migrations have run.

use super::apply::{Moment, argument_name};
use super::{Catalog, Mark, RelationId, Store};
use crate::source::{Location, Span};
use crate::statement::{
    AlterActionKind, AlterObject, Command, CreateFunction, CreateView, ExprKind, FunctionCall, Grant, Name, ObjectKind,
    Policy, Query, Statement, StorageOption,
};

/// A policy as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyFact {
    /// What `CREATE POLICY` says, with what `ALTER POLICY` changed.
    pub policy: Policy,
    /// The statement that made it, or changed its conditions last.
    pub at: Location,
}

/// A function or procedure that is `SECURITY DEFINER`.
#[derive(Clone, Debug, PartialEq)]
pub struct Definer {
    /// It has a `search_path` of its own.
    pub fixed_path: bool,
    /// `BEGIN ATOMIC` or `RETURN`: its names were looked up when it was made.
    pub parsed_at_once: bool,
    /// It returns `trigger` or `event_trigger`: nobody calls it by itself.
    pub trigger: bool,
    /// Everybody may call it: EXECUTE was not taken from PUBLIC.
    pub public: bool,
    /// Some other role may call it: EXECUTE was granted by name.
    pub granted: bool,
    /// Roles to which EXECUTE was given or from which it was taken by name, or taken in advance: not the default privileges decide.
    pub decided: Vec<Name>,
    /// `PROCEDURE`.
    pub procedure: bool,
    /// These files altered it, and did not make it.
    pub unseen: bool,
    /// Where `SECURITY DEFINER` stands.
    pub focus: Span,
    /// The statement that made it so.
    pub at: Location,
}

/// A view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewFact {
    /// `security_invoker`, from 15 on: it reads with the rights of whoever asks.
    pub invoker: bool,
    /// It asks who asks, and leaves out rows: its owner chose what each may see.
    pub by_caller: bool,
    /// The statement that made it.
    pub at: Location,
}

/// `GRANT ... ON ALL TABLES IN SCHEMA`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Given {
    /// The transaction that gave it.
    pub transaction: u32,
    /// The statement.
    pub at: Location,
}

/// (schema, name, argument types).
pub type Signature = (Name, Name, Vec<Name>);

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    policies: Store<(RelationId, Name), PolicyFact>,
    definers: Store<Signature, Definer>,
    views: Store<RelationId, ViewFact>,
    /// From which relations everything was taken from a role, and not given back.
    revoked: Store<(RelationId, Name), ()>,
    /// What was given on all tables of a schema to a role, and when last.
    all_tables: Store<(Name, Name), Given>,
    /// Tables made in a schema from now on are for a role as well: `ALTER DEFAULT PRIVILEGES`. An empty name: in any schema. Whether it
    /// may read and write them all.
    later_tables: Store<(Name, Name), bool>,
    /// Relations on which a role was given something by name.
    given: Store<(RelationId, Name), ()>,
    /// Functions made in a schema from now on are not for a role: `ALTER DEFAULT PRIVILEGES ... REVOKE EXECUTE ON FUNCTIONS FROM role`. An
    /// empty name: in any schema. PUBLIC stands as the role `public`.
    private_functions: Store<(Name, Name), ()>,
}

/// A place in its journal.
#[derive(Clone, Copy, Debug)]
pub(super) struct AccessMark([Mark; 8]);

impl Access {
    pub(super) fn mark(&self) -> AccessMark {
        AccessMark([
            self.policies.mark(),
            self.definers.mark(),
            self.views.mark(),
            self.revoked.mark(),
            self.private_functions.mark(),
            self.all_tables.mark(),
            self.later_tables.mark(),
            self.given.mark(),
        ])
    }

    pub(super) fn roll_back(&mut self, mark: AccessMark) {
        let [policies, definers, views, revoked, private_functions, all_tables, later_tables, given] = mark.0;
        self.policies.roll_back(policies);
        self.definers.roll_back(definers);
        self.views.roll_back(views);
        self.revoked.roll_back(revoked);
        self.private_functions.roll_back(private_functions);
        self.all_tables.roll_back(all_tables);
        self.later_tables.roll_back(later_tables);
        self.given.roll_back(given);
    }

    pub(super) fn commit(&mut self) {
        self.policies.commit();
        self.definers.commit();
        self.views.commit();
        self.revoked.commit();
        self.private_functions.commit();
        self.all_tables.commit();
        self.later_tables.commit();
        self.given.commit();
    }
}

impl Catalog {
    /// A policy of a table.
    pub fn policy(&self, table: RelationId, name: &str) -> Option<&PolicyFact> {
        self.access.policies.get(&(table, name.into()))
    }

    /// The functions that are `SECURITY DEFINER`, among those that exist.
    pub fn definers(&self) -> impl Iterator<Item = (&Signature, &Definer)> {
        self.access.definers.iter().filter(|((schema, name, arguments), definer)| {
            let function = self.functions.get(&(schema.clone(), name.clone()));
            definer.unseen
                || function.is_some_and(|function| function.overloads.iter().any(|it| it.arguments == *arguments))
        })
    }

    /// How a view reads.
    pub fn view_fact(&self, view: RelationId) -> Option<&ViewFact> {
        self.access.views.get(&view)
    }

    /// Whether all privileges on a relation were taken from a role.
    pub fn is_revoked(&self, relation: RelationId, role: &str) -> bool {
        self.access.revoked.contains(&(relation, role.into()))
    }

    /// Schemas and roles that were given something on all tables in them, and when.
    pub fn given_all_tables(&self) -> impl Iterator<Item = (&Name, &Name, &Given)> {
        self.access.all_tables.iter().map(|((schema, role), given)| (schema, role, given))
    }

    /// Whether a role has something on a relation that was made after it was given all of them.
    pub fn is_given(&self, relation: &super::Relation, role: &Name) -> bool {
        self.access.given.contains(&(relation.id, role.clone()))
            || self.access.later_tables.contains(&(relation.schema.clone(), role.clone()))
            || self.access.later_tables.contains(&(Name::default(), role.clone()))
    }

    /// Whether the default privileges let all who were given something on a relation read and write a new one in its schema.
    pub fn is_shared_in_advance(&self, relation: &super::Relation) -> bool {
        let in_advance = |role: &Name| {
            let whole = |schema: Name| self.access.later_tables.get(&(schema, role.clone())) == Some(&true);
            whole(relation.schema.clone()) || whole(Name::default())
        };
        let by_name = self.access.given.iter().map(|(key, ())| key).filter(|(id, _)| *id == relation.id);
        let with_all =
            self.access.all_tables.iter().map(|(key, _)| key).filter(|(schema, _)| *schema == relation.schema);
        let mut users = by_name.map(|(_, role)| role).chain(with_all.map(|(_, role)| role)).peekable();
        match users.peek() {
            Some(_) => users.all(in_advance),
            None => self
                .access
                .later_tables
                .iter()
                .any(|((schema, _), whole)| *whole && (schema.is_empty() || *schema == relation.schema)),
        }
    }

    /// Whether a role was given something on all tables of its schema when a relation was there already.
    pub fn was_given_with_all(&self, relation: &super::Relation, role: &str) -> bool {
        let given = self.access.all_tables.get(&(relation.schema.clone(), role.into()));
        given.is_some_and(|given| {
            relation.origin.is_none_or(|made| {
                made.transaction < given.transaction
                    || made.at.source == given.at.source && made.at.span.start < given.at.span.start
            })
        })
    }

    /// Notes what a statement changes; it has been applied already.
    pub(super) fn note_access(&mut self, statement: &Statement, moment: Moment<'_>) {
        let at = Location { source: moment.source, span: statement.span };
        match &statement.command {
            Command::Policy(policy) => self.note_policy(policy, at, moment),
            Command::CreateFunction(create) => self.note_function(create, at, moment),
            Command::AlterObject(alter) => self.note_altered_function(alter, at, moment),
            Command::CreateView(create) => self.note_view(create, at, moment),
            Command::AlterRelation(alter) => {
                let Some(id) = self.resolve(&alter.name, moment.search_path) else { return };
                for action in &alter.actions {
                    let invoker = match &action.kind {
                        AlterActionKind::SetOptions(options) => invoker(options),
                        AlterActionKind::ResetOptions(options) => invoker(options).map(|_| false),
                        _ => None,
                    };
                    if let Some(invoker) = invoker {
                        self.access.views.update(&id, |view| view.invoker = invoker);
                    }
                }
            }
            Command::Grant(grant) => self.note_grant(grant, at, moment),
            _ => {}
        }
    }

    fn note_policy(&mut self, policy: &Policy, at: Location, moment: Moment<'_>) {
        let Some(table) = self.resolve(&policy.table, moment.search_path) else { return };
        let key = (table, policy.name.name.clone());
        if !policy.alter {
            self.access.policies.insert(key, PolicyFact { policy: policy.clone(), at });
            return;
        }
        let Some(mut fact) = self.access.policies.get(&key).cloned() else { return };
        if let Some(to) = &policy.rename_to {
            self.access.policies.remove(&key);
            fact.policy.name = to.clone();
            self.access.policies.insert((table, to.name.clone()), fact);
            return;
        }
        // What is not written stays.
        if !policy.roles.is_empty() {
            fact.policy.roles.clone_from(&policy.roles);
        }
        fact.policy.using = policy.using.clone().or(fact.policy.using);
        fact.policy.with_check = policy.with_check.clone().or(fact.policy.with_check);
        fact.at = at;
        self.access.policies.insert(key, fact);
    }

    fn note_function(&mut self, create: &CreateFunction, at: Location, moment: Moment<'_>) {
        let schema = Name::from(self.creation_schema(&create.name, moment.search_path));
        let arguments = create.arguments.iter().map(argument_name).collect();
        let key = (schema, create.name.name.name.clone(), arguments);
        let Some(focus) = create.security_definer else {
            self.access.definers.remove(&key);
            return;
        };
        let returns = create.returns.as_ref().map(|ty| ty.name.as_str());
        let before = self.access.definers.get(&key);
        let decided = before.map_or_else(|| self.denied_in_advance(&key.0), |it| it.decided.clone());
        let (before, granted) = (before.map(|it| it.public), before.map(|it| it.granted));
        // A quoted body is one literal; what is not quoted was parsed with the statement.
        let parsed_at_once = create.body.as_ref().is_some_and(|body| body.inline);
        let definer = Definer {
            fixed_path: create.settings.iter().any(|set| set.name.name == "search_path"),
            parsed_at_once,
            trigger: matches!(returns, Some("trigger" | "event_trigger")),
            // CREATE OR REPLACE keeps privileges.
            public: before.unwrap_or(!self.keeps_functions_private()),
            granted: granted.unwrap_or_default(),
            decided,
            procedure: create.procedure,
            unseen: false,
            focus,
            at,
        };
        self.access.definers.insert(key, definer);
    }

    fn note_altered_function(&mut self, alter: &AlterObject, at: Location, moment: Moment<'_>) {
        let routine = matches!(alter.kind, ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine);
        let Some(name) = alter.name.as_ref().filter(|_| routine) else { return };
        let words = format!(" {} ", alter.rest);
        let has = |text: &str| words.contains(text);
        let fixed = has(" set search_path ");
        let reset = has(" reset search_path ") || has(" reset all ");
        let (definer, invoker) = (has(" security definer "), has(" security invoker "));
        if !(fixed || reset || definer || invoker) {
            return;
        }
        let known = self.schema_of_function(name, moment);
        let schema = known.unwrap_or_else(|| Name::from(self.creation_schema(name, moment.search_path)));
        let place = (schema, name.name.name.clone());
        let mut overloads = self.functions.get(&place).map(|function| function.overloads.clone()).unwrap_or_default();
        // Without arguments there is but one. A type may be written in a way that is not seen through: then any may be meant.
        if let Some(arguments) = &alter.arguments {
            let arguments: Vec<Name> = arguments.iter().map(argument_name).collect();
            if overloads.iter().any(|overload| overload.arguments == arguments) {
                overloads.retain(|overload| overload.arguments == arguments);
            }
        }
        let mut keys: Vec<_> =
            overloads.into_iter().map(|it| ((place.0.clone(), place.1.clone(), it.arguments), it.procedure)).collect();
        let unseen = keys.is_empty();
        if unseen {
            keys.push(((place.0, place.1, Vec::new()), alter.kind == ObjectKind::Procedure));
        }
        for (key, procedure) in keys {
            if invoker {
                self.access.definers.remove(&key);
            }
            if definer && self.access.definers.get(&key).is_none() {
                let definer = Definer {
                    fixed_path: false,
                    parsed_at_once: false,
                    trigger: false,
                    // What is granted on a function that was made elsewhere is not known.
                    public: !unseen && !self.keeps_functions_private(),
                    granted: false,
                    decided: self.denied_in_advance(&key.0),
                    procedure,
                    unseen,
                    focus: at.span,
                    at,
                };
                self.access.definers.insert(key.clone(), definer);
            }
            if fixed || reset {
                self.access.definers.update(&key, |definer| {
                    // Who takes the path away has made it so.
                    if definer.fixed_path && !fixed {
                        (definer.at, definer.focus) = (at, at.span);
                    }
                    definer.fixed_path = fixed;
                });
            }
        }
    }

    /// Whether new functions are not for PUBLIC.
    fn keeps_functions_private(&self) -> bool {
        self.access.private_functions.contains(&(Name::default(), Name::new_static("public")))
    }

    /// The roles that the default privileges of a schema leave without new functions. What the whole database says does not take away what
    /// a schema's own default privileges give (manual, "ALTER DEFAULT PRIVILEGES").
    fn denied_in_advance(&self, schema: &Name) -> Vec<Name> {
        let all = self.access.private_functions.iter().map(|(key, _)| key);
        all.filter(|(of, _)| of == schema).map(|(_, role)| role.clone()).collect()
    }

    fn schema_of_function(&self, name: &crate::statement::ObjectName, moment: Moment<'_>) -> Option<Name> {
        let has = |schema: &Name| self.functions.contains(&(schema.clone(), name.name.name.clone()));
        match &name.schema {
            Some(schema) => Some(schema.name.clone()).filter(has),
            None => moment.search_path.iter().find(|schema| has(schema)).cloned(),
        }
    }

    fn note_view(&mut self, create: &CreateView, at: Location, moment: Moment<'_>) {
        let Some(id) = self.resolve(&create.name, moment.search_path) else { return };
        // OR REPLACE sets the options anew.
        self.access.views.insert(
            id,
            ViewFact { invoker: invoker(&create.options) == Some(true), by_caller: by_caller(&create.query), at },
        );
    }

    fn note_given(&mut self, grant: &Grant, at: Location, moment: Moment<'_>) {
        let named: Vec<RelationId> =
            grant.names.iter().filter_map(|name| self.resolve(name, moment.search_path)).collect();
        for role in &grant.grantees {
            for schema in &grant.in_schemas {
                let key = (schema.name.clone(), role.clone());
                match grant.revoke {
                    true => self.access.all_tables.remove(&key),
                    false => self.access.all_tables.insert(key, Given { transaction: moment.transaction, at }),
                }
            }
            for relation in named.iter().filter(|_| !grant.revoke) {
                self.access.given.insert((*relation, role.clone()), ());
            }
        }
    }

    fn note_grant(&mut self, grant: &Grant, at: Location, moment: Moment<'_>) {
        let executes = grant.privileges.iter().any(|it| it == "all" || it == "execute");
        let to_public = grant.grantees.iter().any(|role| role == "public");
        let functions = matches!(grant.kind, Some(ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine));
        if grant.default_privileges {
            // Within a schema, default privileges only ever add to the global ones (manual, "ALTER DEFAULT PRIVILEGES").
            if functions && executes {
                let schemas = grant.in_schemas.iter().map(|schema| schema.name.clone());
                let anywhere = grant.in_schemas.is_empty().then(Name::default);
                for schema in schemas.chain(anywhere) {
                    for role in &grant.grantees {
                        match grant.revoke {
                            true => self.access.private_functions.insert((schema.clone(), role.clone()), ()),
                            false => self.access.private_functions.remove(&(schema.clone(), role.clone())),
                        }
                    }
                }
            }
            if grant.kind == Some(ObjectKind::Table) {
                let has = |privilege: &&str| grant.privileges.iter().any(|it| it == privilege || it == "all");
                let whole = ["select", "insert", "update", "delete"].iter().all(has);
                let schemas = grant.in_schemas.iter().map(|schema| schema.name.clone());
                let anywhere = grant.in_schemas.is_empty().then(Name::default);
                for schema in schemas.chain(anywhere) {
                    for role in &grant.grantees {
                        let key = (schema.clone(), role.clone());
                        let known = self.access.later_tables.get(&key).copied();
                        match grant.revoke {
                            true if known.is_none() => {}
                            true => self.access.later_tables.insert(key, false),
                            false => self.access.later_tables.insert(key, whole || known == Some(true)),
                        }
                    }
                }
            }
            return;
        }
        if functions && executes && !grant.grant_option {
            let schemas: Vec<Name> = grant.in_schemas.iter().map(|schema| schema.name.clone()).collect();
            let named: Vec<(Name, Name)> = grant
                .names
                .iter()
                .filter_map(|name| Some((self.schema_of_function(name, moment)?, name.name.name.clone())))
                .collect();
            let meant = |key: &Signature| {
                schemas.contains(&key.0) || named.iter().any(|(schema, name)| *schema == key.0 && *name == key.1)
            };
            let keys: Vec<Signature> =
                self.access.definers.iter().map(|(key, _)| key).filter(|key| meant(key)).cloned().collect();
            for key in keys {
                self.access.definers.update(&key, |definer| {
                    if to_public {
                        definer.public = !grant.revoke;
                    }
                    definer.granted |= !grant.revoke && grant.grantees.iter().any(|role| role != "public");
                    definer.decided.extend(grant.grantees.iter().cloned());
                });
            }
        }
        if grant.kind == Some(ObjectKind::Table) {
            self.note_given(grant, at, moment);
        }
        if grant.kind == Some(ObjectKind::Table) && !grant.grant_option {
            let schemas: Vec<&str> = grant.in_schemas.iter().map(|schema| schema.name.as_str()).collect();
            let mut relations: Vec<RelationId> =
                grant.names.iter().filter_map(|name| self.resolve(name, moment.search_path)).collect();
            if !schemas.is_empty() {
                relations.extend(
                    self.relations().filter(|relation| schemas.contains(&relation.schema.as_str())).map(|it| it.id),
                );
            }
            let reads = grant.privileges.iter().any(|it| it == "all" || it == "select");
            for relation in relations.into_iter().filter(|_| reads) {
                for role in &grant.grantees {
                    let key = (relation, role.clone());
                    match grant.revoke {
                        true => self.access.revoked.insert(key, ()),
                        false => self.access.revoked.remove(&key),
                    }
                }
            }
        }
    }
}

/// What the options say of `security_invoker`; `None`: nothing.
fn invoker(options: &[StorageOption]) -> Option<bool> {
    let option = options.iter().find(|option| option.name == "security_invoker")?;
    let off = option.value.as_deref().is_some_and(|value| {
        let value = value.to_ascii_lowercase();
        ["false", "off", "no", "0"].contains(&value.as_str())
    });
    Some(!off)
}

/// Whether a query leaves out rows by who asks: it calls what tells that, elsewhere than in what it gives, and has conditions.
fn by_caller(query: &Query) -> bool {
    let asks = |call: &FunctionCall| {
        let schema = call.name.schema.as_ref().map(|schema| schema.name.as_str());
        match call.name.name.name.as_str() {
            "uid" | "jwt" => schema == Some("auth"),
            "current_setting" => schema.is_none_or(|schema| schema == "pg_catalog"),
            _ => false,
        }
    };
    let mut told = 0;
    for expr in query.select_list.iter().chain(query.terms.iter().flatten()) {
        expr.walk(&mut |part| told += usize::from(matches!(&part.kind, ExprKind::Call(call) if asks(call))));
    }
    query.narrowed && query.calls.iter().filter(|call| asks(call)).count() > told
}
