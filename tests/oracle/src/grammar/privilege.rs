//! `GRANT`, `REVOKE`, `ALTER DEFAULT PRIVILEGES`.

use super::*;
use pg_query::protobuf::{GrantStmt, GrantTargetType};

pub(super) fn facts(tree: &NodeEnum, out: &mut Out) -> bool {
    match tree {
        NodeEnum::GrantStmt(grant) => grant_facts(grant, out),
        NodeEnum::GrantRoleStmt(grant) => {
            out.add("Grant");
            out.flag(!grant.is_grant, "revoke");
            out.add(format!("privileges {}", privileges(&grant.granted_roles)));
            out.add(format!("grantees {}", names_of(&grant.grantee_roles)));
            let on = |option: &DefElem| matches!(option.defname.as_str(), "admin") && !["false"].contains(&value(option).as_str());
            out.flag(if grant.is_grant { elements(&grant.opt).any(on) } else { !grant.opt.is_empty() }, "grant-option");
            out.word("granted-by", &grant.grantor.as_ref().map_or(String::new(), role));
            out.cascade(grant.behavior);
        }
        NodeEnum::AlterDefaultPrivilegesStmt(alter) => {
            let Some(grant) = &alter.action else { return false };
            grant_facts(grant, out);
            out.add("default-privileges");
            for option in elements(&alter.options) {
                let names = match option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
                    Some(NodeEnum::List(list)) => names_of(&list.items),
                    _ => "?".to_owned(),
                };
                out.add(format!("{} {names}", if option.defname == "schemas" { "in-schemas" } else { "for-roles" }));
            }
        }
        _ => return false,
    }
    true
}

fn privileges(nodes: &[Node]) -> String {
    let names = nodes.iter().filter_map(|privilege| match &privilege.node {
        Some(NodeEnum::AccessPriv(privilege)) if privilege.priv_name.is_empty() => Some("all".to_owned()),
        Some(NodeEnum::AccessPriv(privilege)) => Some(privilege.priv_name.clone()),
        _ => None,
    });
    let names = names.collect::<Vec<_>>().join(",");
    if names.is_empty() { "all".to_owned() } else { names }
}

fn grant_facts(grant: &GrantStmt, out: &mut Out) {
    out.add("Grant");
    out.flag(!grant.is_grant, "revoke");
    out.add(format!("privileges {}", privileges(&grant.privileges)));
    let columns = grant.privileges.iter().filter_map(|privilege| match &privilege.node {
        Some(NodeEnum::AccessPriv(privilege)) if !privilege.cols.is_empty() => Some(names_of(&privilege.cols)),
        _ => None,
    });
    out.word("columns-named", &columns.collect::<Vec<_>>().join(","));
    out.add(format!("kind {}", object_kind(grant.objtype)));
    let in_schemas = grant.targtype == GrantTargetType::AclTargetAllInSchema as i32;
    if in_schemas {
        out.add(format!("in-schemas {}", names_of(&grant.objects)));
    } else if grant.objtype != ObjectType::ObjectLargeobject as i32 {
        for object in &grant.objects {
            let (name, arguments) = routine(object);
            out.add(format!("on {name}"));
            if matches!(object_kind(grant.objtype), "function" | "procedure" | "routine") {
                out.add(format!("arguments {arguments}"));
            }
        }
    }
    out.add(format!("grantees {}", names_of(&grant.grantees)));
    out.flag(grant.grant_option, "grant-option");
    out.word("granted-by", &grant.grantor.as_ref().map_or(String::new(), role));
    out.cascade(grant.behavior);
}
