//! Queries, DML, `COPY`, and statements that hold others.

use super::*;
use pg_query::protobuf::{LockClauseStrength, LockWaitPolicy, OnConflictAction, ResTarget, SelectStmt, SetOperation};

/// How many cells of a `VALUES` list are compared: a dump may have millions.
pub(crate) const CELLS: usize = 40;

pub(super) fn facts(tree: &NodeEnum, out: &mut Out) -> bool {
    match tree {
        NodeEnum::TruncateStmt(truncate) => {
            out.add("Truncate");
            truncate.relations.iter().for_each(|table| out.add(format!("table {}", use_of(table))));
            out.flag(truncate.restart_seqs, "restart-identity");
            out.cascade(truncate.behavior);
        }
        NodeEnum::InsertStmt(insert) => {
            out.add("Insert");
            out.add(format!("table {}", target(&insert.relation)));
            out.add(format!("into {}", targets(&insert.cols)));
            if let Some(NodeEnum::SelectStmt(select)) = insert.select_stmt.as_ref().and_then(|select| select.node.as_ref())
                && !select.values_lists.is_empty()
                && select.sort_clause.is_empty()
                && select.limit_count.is_none()
                && select.limit_offset.is_none()
                && select.with_clause.is_none()
            {
                values(select, out);
            }
            if let Some(conflict) = &insert.on_conflict_clause {
                let nothing = conflict.action == OnConflictAction::OnconflictNothing as i32;
                out.add(format!("on-conflict {}", if nothing { "nothing" } else { "update" }));
                let constraint = conflict.infer.as_ref().map_or("", |infer| infer.conname.as_str());
                out.word("constraint", constraint);
                assignments(&conflict.target_list, out);
            }
            out.flag(insert.returning_clause.is_some(), "returning");
            out.names(Some(tree));
        }
        NodeEnum::UpdateStmt(update) => {
            out.add("Update");
            out.add(format!("table {}", target(&update.relation)));
            assignments(&update.target_list, out);
            filter(&update.where_clause, out);
            out.flag(update.returning_clause.is_some(), "returning");
            out.names(Some(tree));
        }
        NodeEnum::DeleteStmt(delete) => {
            out.add("Delete");
            out.add(format!("table {}", target(&delete.relation)));
            filter(&delete.where_clause, out);
            out.flag(delete.returning_clause.is_some(), "returning");
            out.names(Some(tree));
        }
        NodeEnum::MergeStmt(merge) => {
            out.add("Merge");
            out.add(format!("table {}", target(&merge.relation)));
            let source = merge.source_relation.as_ref().and_then(|source| source.node.as_ref());
            if let Some(NodeEnum::RangeVar(source)) = source {
                let ctes = merge.with_clause.as_ref().map_or(&[][..], |with| with.ctes.as_slice());
                let is_cte = ctes.iter().any(|cte| matches!(&cte.node, Some(NodeEnum::CommonTableExpr(cte)) if cte.ctename == source.relname));
                if !is_cte {
                    out.add(format!("source {}", qualified(&source.schemaname, &source.relname)));
                }
            }
            for clause in &merge.merge_when_clauses {
                if let Some(NodeEnum::MergeWhenClause(clause)) = &clause.node {
                    out.add(match clause.command_type().as_str_name() {
                        "CMD_INSERT" => "action insert",
                        "CMD_UPDATE" => "action update",
                        "CMD_DELETE" => "action delete",
                        _ => "action do nothing",
                    });
                }
            }
            out.names(Some(tree));
        }
        NodeEnum::CopyStmt(copy) => {
            out.add("Copy");
            out.add(format!("table {}", relation(&copy.relation)));
            out.word("columns-named", &names_of(&copy.attlist));
            out.flag(copy.is_from, "from");
            out.flag(copy.is_program, "program");
            out.word("file", &copy.filename);
            options(&copy.options, out);
            out.word("where", &expr(&copy.where_clause));
            if let Some(query) = &copy.query {
                out.names(query.node.as_ref());
            }
        }
        NodeEnum::SelectStmt(select) => match set_config(select) {
            Some(facts) => facts.into_iter().for_each(|fact| out.add(fact)),
            None => query(select, tree, out),
        },
        NodeEnum::CreateTableAsStmt(create) if create.is_select_into => {
            out.add("Query");
            let into = create.into.as_ref().and_then(|into| into.rel.clone());
            out.add(format!("select-into {}", relation(&into)));
            out.names(Some(tree));
        }
        NodeEnum::DeclareCursorStmt(declare) => {
            let select = declare.query.as_ref().and_then(|query| query.node.as_ref());
            match select {
                Some(NodeEnum::SelectStmt(inner)) => query(inner, select.unwrap_or(tree), out),
                _ => out.add("Query"),
            }
        }
        NodeEnum::ExplainStmt(explain) => {
            out.add("Explain");
            let analyze = elements(&explain.options).rfind_analyze();
            out.flag(analyze, "analyze");
            inner(explain.query.as_ref(), out);
        }
        NodeEnum::PrepareStmt(prepare) => {
            out.add("Prepare");
            out.add(format!("name {}", prepare.name));
            inner(prepare.query.as_ref(), out);
        }
        NodeEnum::ExecuteStmt(execute) => {
            out.add("Execute");
            out.add(format!("name {}", execute.name));
        }
        NodeEnum::CallStmt(call) => {
            out.add("Call");
            if let Some(call) = &call.funccall {
                out.add(format!("name {}", name(&call.funcname)));
                out.add(format!("arguments {}", call.args.len()));
            }
        }
        _ => return false,
    }
    true
}

/// Whether the last `ANALYZE` option is on.
trait Analyze {
    fn rfind_analyze(self) -> bool;
}

impl<'a, T: Iterator<Item = &'a DefElem>> Analyze for T {
    fn rfind_analyze(self) -> bool {
        self.filter(|option| option.defname == "analyze" || option.defname == "analyse")
            .last()
            .is_some_and(|option| !["false", "off", "0"].contains(&value(option).as_str()))
    }
}

fn inner(query: Option<&Box<Node>>, out: &mut Out) {
    within("statement", query.and_then(|query| query.node.as_ref()), out);
}

fn query(select: &SelectStmt, tree: &NodeEnum, out: &mut Out) {
    out.add("Query");
    let first = leftmost(select);
    if let Some(into) = first.into_clause.as_ref() {
        out.add(format!("select-into {}", relation(&into.rel)));
    }
    if first.values_lists.is_empty() {
        let outputs: Vec<_> = first.target_list.iter().map(output).collect();
        out.add(format!("outputs {}", outputs.join(",")));
    } else if !std::ptr::eq(first, select) {
        let width = match first.values_lists.first().and_then(|row| row.node.as_ref()) {
            Some(NodeEnum::List(row)) => row.items.len(),
            _ => 0,
        };
        out.add(format!("outputs {}", (1..=width).map(|at| format!("column{at}")).collect::<Vec<_>>().join(",")));
    } else if select.sort_clause.is_empty() && select.limit_count.is_none() && select.limit_offset.is_none() {
        values(select, out);
    }
    if std::ptr::eq(first, select) && select.values_lists.is_empty() {
        out.word("where", &expr(&select.where_clause));
    }
    out.flag(select.limit_count.is_some(), "limited");
    out.flag(!select.sort_clause.is_empty(), "ordered");
    if let Some(NodeEnum::LockingClause(lock)) = select.locking_clause.first().and_then(|clause| clause.node.as_ref()) {
        out.add(match LockClauseStrength::try_from(lock.strength) {
            Ok(LockClauseStrength::LcsForkeyshare) => "row-lock KEY SHARE",
            Ok(LockClauseStrength::LcsForshare) => "row-lock SHARE",
            Ok(LockClauseStrength::LcsFornokeyupdate) => "row-lock NO KEY UPDATE",
            _ => "row-lock UPDATE",
        });
    }
    let skips = |clause: &Node| matches!(&clause.node, Some(NodeEnum::LockingClause(lock)) if lock.wait_policy == LockWaitPolicy::LockWaitSkip as i32);
    out.flag(select.locking_clause.iter().any(skips), "skip-locked");
    out.names(Some(tree));
}

/// `SELECT set_config('name', 'value', is_local)` alone sets a setting.
fn set_config(select: &SelectStmt) -> Option<Vec<String>> {
    let [Node { node: Some(NodeEnum::ResTarget(target)) }] = select.target_list.as_slice() else { return None };
    let Some(NodeEnum::FuncCall(call)) = target.val.as_ref().and_then(|value| value.node.as_ref()) else { return None };
    let [setting, new, local] = call.args.as_slice() else { return None };
    if name(&call.funcname) != "set_config" || !select.from_clause.is_empty() || select.where_clause.is_some() {
        return None;
    }
    let constant = |node: &Node| match &node.node {
        Some(NodeEnum::AConst(constant)) if constant.isnull => Some("default".to_owned()),
        Some(NodeEnum::AConst(_)) => Some(string(node)),
        _ => None,
    };
    let value = constant(new).unwrap_or("?".to_owned()).to_lowercase();
    let local = ["t", "true", "on", "yes", "y", "1"].contains(&constant(local)?.as_str());
    let mut facts = vec!["Set".to_owned()];
    facts.extend(local.then(|| "local".to_owned()));
    facts.push(format!("set {} {value}", constant(setting)?.to_lowercase()));
    Some(facts)
}

fn leftmost(mut select: &SelectStmt) -> &SelectStmt {
    while let (true, Some(left)) = (select.op != SetOperation::SetopNone as i32, &select.larg) {
        select = left;
    }
    select
}

/// The name of an output column; `?` where neither a label nor its expression gives one.
fn output(node: &Node) -> String {
    let Some(NodeEnum::ResTarget(target)) = &node.node else { return "?".to_owned() };
    if !target.name.is_empty() {
        return target.name.clone();
    }
    target.val.as_ref().and_then(|value| figured(value)).map_or("?".to_owned(), |(name, _)| name)
}

/// The name that an expression gives its column, and how strongly (parse_target.c: FigureColnameInternal). Functions that a keyword stands
/// for are left out: their names in the tree are not those in the text.
fn figured(node: &Node) -> Option<(String, u8)> {
    let child = |node: &Option<Box<Node>>| node.as_ref().and_then(|node| figured(node));
    let strong = |name: &str| Some((name.to_owned(), 2));
    match node.node.as_ref()? {
        NodeEnum::ColumnRef(column) => strong(&column.fields.last().map_or(String::new(), string)),
        NodeEnum::AIndirection(indirection) => {
            let field = indirection.indirection.iter().rev().find(|part| matches!(part.node, Some(NodeEnum::String(_))));
            match field {
                Some(field) => strong(&string(field)),
                None => child(&indirection.arg),
            }
        }
        NodeEnum::FuncCall(call) if call.funcformat != pg_query::protobuf::CoercionForm::CoerceSqlSyntax as i32 => {
            strong(&call.funcname.last().map_or(String::new(), string))
        }
        NodeEnum::TypeCast(cast) => child(&cast.arg)
            .filter(|(_, strength)| *strength > 1)
            .or_else(|| Some((cast.type_name.as_ref()?.names.last().map(string)?, 1))),
        NodeEnum::CollateClause(collate) => child(&collate.arg),
        NodeEnum::SubLink(link) => match link.sub_link_type().as_str_name() {
            "EXISTS_SUBLINK" => strong("exists"),
            "ARRAY_SUBLINK" => strong("array"),
            "EXPR_SUBLINK" => match link.subselect.as_ref()?.node.as_ref()? {
                NodeEnum::SelectStmt(select) => match leftmost(select).target_list.first()?.node.as_ref()? {
                    NodeEnum::ResTarget(target) if !target.name.is_empty() => strong(&target.name),
                    NodeEnum::ResTarget(target) => child(&target.val),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        },
        NodeEnum::CaseExpr(case) => child(&case.defresult).filter(|(_, strength)| *strength > 1).or_else(|| Some(("case".to_owned(), 1))),
        NodeEnum::AArrayExpr(_) => strong("array"),
        NodeEnum::RowExpr(_) => strong("row"),
        NodeEnum::CoalesceExpr(_) => strong("coalesce"),
        _ => None,
    }
}

fn values(select: &SelectStmt, out: &mut Out) {
    out.add(format!("rows {}", select.values_lists.len()));
    let mut left = CELLS;
    for row in &select.values_lists {
        let Some(NodeEnum::List(row)) = &row.node else { continue };
        for cell in row.items.iter().take(left) {
            out.add(format!("cell {}", normal::node(cell)));
        }
        left = left.saturating_sub(row.items.len());
    }
}

/// `[only] name [as alias]`.
fn target(relation: &Option<RangeVar>) -> String {
    let alias = relation.as_ref().and_then(|relation| relation.alias.as_ref()).map_or(String::new(), |alias| format!(" as {}", alias.aliasname));
    format!("{}{}{alias}", if only(relation) { "only " } else { "" }, super::relation(relation))
}

/// `[only] name`.
pub(super) fn use_of(node: &Node) -> String {
    match &node.node {
        Some(NodeEnum::RangeVar(var)) => target(&Some(var.clone())),
        _ => string(node),
    }
}

fn filter(clause: &Option<Box<Node>>, out: &mut Out) {
    match clause.as_ref().and_then(|clause| clause.node.as_ref()) {
        Some(NodeEnum::CurrentOfExpr(_)) => out.add("current-of"),
        _ => out.word("where", &expr(clause)),
    }
}

fn res_target(node: &Node) -> Option<&ResTarget> {
    match &node.node {
        Some(NodeEnum::ResTarget(target)) => Some(target),
        _ => None,
    }
}

fn targets(nodes: &[Node]) -> String {
    nodes.iter().filter_map(res_target).map(|target| target.name.clone()).collect::<Vec<_>>().join(",")
}

/// `column = value` each; of a row on the right side its parts.
fn assignments(nodes: &[Node], out: &mut Out) {
    for target in nodes.iter().filter_map(res_target) {
        let value = match target.val.as_ref().and_then(|value| value.node.as_ref()) {
            Some(NodeEnum::MultiAssignRef(multi)) => match multi.source.as_ref().and_then(|source| source.node.as_ref()) {
                Some(NodeEnum::RowExpr(row)) if row.args.len() == multi.ncolumns as usize => {
                    row.args.get(multi.colno as usize - 1).map_or(String::new(), normal::node)
                }
                _ => "row".to_owned(),
            },
            _ => expr(&target.val),
        };
        out.add(format!("set {} {value}", target.name));
    }
}
