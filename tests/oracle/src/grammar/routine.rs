//! Functions, triggers, rules, policies, `DO`.

use super::*;
use pg_query::protobuf::{CmdType, FunctionParameterMode};

pub(super) fn facts(tree: &NodeEnum, out: &mut Out) -> bool {
    match tree {
        NodeEnum::CreateFunctionStmt(create) => {
            out.add("CreateFunction");
            out.add(format!("name {}", name(&create.funcname)));
            out.flag(create.is_procedure, "procedure");
            out.flag(create.replace, "or-replace");
            for parameter in &create.parameters {
                let Some(NodeEnum::FunctionParameter(parameter)) = &parameter.node else { continue };
                let mode = match FunctionParameterMode::try_from(parameter.mode) {
                    Ok(FunctionParameterMode::FuncParamOut) => "out",
                    Ok(FunctionParameterMode::FuncParamInout) => "inout",
                    Ok(FunctionParameterMode::FuncParamVariadic) => "variadic",
                    Ok(FunctionParameterMode::FuncParamTable) => "table",
                    _ => "in",
                };
                out.add(format!("parameter {mode} {} {} default={}", parameter.name, optional_type(&parameter.arg_type), expr(&parameter.defexpr)));
            }
            out.word("returns", &optional_type(&create.return_type));
            routine_options(&create.options, out);
            if create.sql_body.is_some() && !elements(&create.options).any(|option| option.defname == "language") {
                out.add("language sql");
            }
        }
        NodeEnum::AlterFunctionStmt(alter) => {
            out.add("AlterObject");
            let kind = object_kind(alter.objtype);
            out.add(format!("kind {kind}"));
            let (name, arguments) = alter.func.as_ref().map_or_else(Default::default, |function| {
                routine(&Node { node: Some(NodeEnum::ObjectWithArgs(function.clone())) })
            });
            out.add(format!("name {name}"));
            out.add(format!("arguments {arguments}"));
            out.add("other");
            let volatility = elements(&alter.actions).filter(|option| option.defname == "volatility").last();
            out.word("volatility", &volatility.and_then(|option| option.arg.as_deref()).map_or(String::new(), string));
        }
        NodeEnum::CreateTrigStmt(create) => {
            out.add("CreateTrigger");
            out.add(format!("name {}", create.trigname));
            out.add(format!("table {}", relation(&create.relation)));
            out.add(format!("function {}", name(&create.funcname)));
            out.flag(create.replace, "or-replace");
            out.flag(create.isconstraint, "constraint");
            out.flag(create.row, "row");
            out.add(match create.timing {
                2 => "timing before",
                64 => "timing instead of",
                _ => "timing after",
            });
            for (bit, event) in [(4, "insert"), (16, "update"), (8, "delete"), (32, "truncate")] {
                out.flag(create.events & bit != 0, &format!("event {event}"));
            }
            out.word("columns-named", &names_of(&create.columns));
            out.word("when", &expr(&create.when_clause));
            out.word("arguments", &names_of(&create.args));
            if create.constrrel.is_some() {
                out.add(format!("from {}", relation(&create.constrrel)));
            }
            for transition in &create.transition_rels {
                if let Some(NodeEnum::TriggerTransition(transition)) = &transition.node {
                    out.add(format!("{} {}", if transition.is_new { "new-table" } else { "old-table" }, transition.name));
                }
            }
            out.flag(create.deferrable, "deferrable");
            out.flag(create.initdeferred, "deferred");
        }
        NodeEnum::CreatePolicyStmt(policy) => {
            out.add("Policy");
            out.add(format!("name {}", policy.policy_name));
            out.add(format!("table {}", relation(&policy.table)));
            out.flag(!policy.permissive, "restrictive");
            out.add(format!("command {}", policy.cmd_name));
            out.add(format!("roles {}", names_of(&policy.roles)));
            out.word("using", &expr(&policy.qual));
            out.word("check", &expr(&policy.with_check));
        }
        NodeEnum::AlterPolicyStmt(policy) => {
            out.add("Policy");
            out.add("alter");
            out.add(format!("name {}", policy.policy_name));
            out.add(format!("table {}", relation(&policy.table)));
            out.word("roles", &names_of(&policy.roles));
            out.word("using", &expr(&policy.qual));
            out.word("check", &expr(&policy.with_check));
        }
        NodeEnum::RuleStmt(rule) => {
            out.add("CreateRule");
            out.add(format!("name {}", rule.rulename));
            out.add(format!("table {}", relation(&rule.relation)));
            out.flag(rule.replace, "or-replace");
            out.flag(rule.instead, "instead");
            out.add(match CmdType::try_from(rule.event) {
                Ok(CmdType::CmdSelect) => "event select",
                Ok(CmdType::CmdUpdate) => "event update",
                Ok(CmdType::CmdInsert) => "event insert",
                _ => "event delete",
            });
            out.word("where", &expr(&rule.where_clause));
            for action in &rule.actions {
                within("action", action.node.as_ref(), out);
            }
        }
        NodeEnum::CreateEventTrigStmt(create) => {
            out.add("CreateObject");
            out.add("kind event trigger");
            out.add(format!("name {}", create.trigname));
        }
        NodeEnum::DoStmt(block) => {
            out.add("Do");
            let mut language = "plpgsql".to_owned();
            for option in elements(&block.args) {
                let text = option.arg.as_deref().map_or(String::new(), string);
                if option.defname == "language" {
                    language = text;
                } else {
                    out.add(format!("body {text}"));
                }
            }
            out.add(format!("language {language}"));
        }
        _ => return false,
    }
    true
}

/// The options of `CREATE FUNCTION`, in a fixed order.
fn routine_options(nodes: &[Node], out: &mut Out) {
    let mut rest = Vec::new();
    for option in elements(nodes) {
        let is_on = matches!(option.arg.as_ref().and_then(|arg| arg.node.as_ref()), Some(NodeEnum::Boolean(on)) if on.boolval);
        let value = value(option);
        rest.push(match option.defname.as_str() {
            "as" => match option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
                Some(NodeEnum::List(list)) => {
                    let [body] = list.items.as_slice() else { continue };
                    format!("body {}", string(body))
                }
                _ => continue,
            },
            "language" => format!("language {}", option.arg.as_deref().map_or(String::new(), string).to_lowercase()),
            "volatility" => format!("volatility {}", option.arg.as_deref().map_or(String::new(), string)),
            "strict" if is_on => "strict".to_owned(),
            "security" if is_on => "security-definer".to_owned(),
            "strict" | "security" | "transform" => continue,
            "set" => match option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
                Some(NodeEnum::VariableSetStmt(set)) => super::object::setting(set),
                _ => "?".to_owned(),
            },
            "leakproof" => format!("option {}leakproof=", if is_on { "" } else { "not " }),
            "support" => format!("option support={}", normal::option_value(&option.arg.as_deref().map_or(String::new(), string))),
            name => format!("option {name}={value}"),
        });
    }
    rest.into_iter().for_each(|fact| out.add(fact));
}
