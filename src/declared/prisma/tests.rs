use super::*;

fn of(text: &str) -> Declared {
    declared(&[(SourceId(0), &read(text))]).unwrap()
}

fn table<'a>(declared: &'a Declared, name: &str) -> &'a DeclaredTable {
    declared.tables.iter().find(|table| table.name == name).unwrap()
}

fn index_names(table: &DeclaredTable) -> Vec<&str> {
    table.indexes.iter().map(|index| index.name.as_str()).collect()
}

#[test]
fn names_are_those_that_the_engine_gives() {
    let declared = of(r#"
        model User {
          id    Int    @id
          email String @unique
          aVeryVeryLongColumnNameWhichGoesOnAndOnAndOnForeverAndEverMore String @unique
          mail  String @map("e_mail")
          postId Int
          post  Post   @relation(fields: [postId], references: [id])
          @@unique([email, mail], name: "ofTheClient")
          @@index([mail(sort: Desc)])
          @@index([email], map: "mine")
          @@map("users")
        }
        model Post { id Int @id(map: "pk") }"#);
    let users = table(&declared, "users");
    let long = "users_aVeryVeryLongColumnNameWhichGoesOnAndOnAndOnForeverAn_key";
    assert_eq!(long.len(), 63);
    let expected = ["users_pkey", "users_email_key", long, "users_email_e_mail_key", "users_e_mail_idx", "mine"];
    assert_eq!(index_names(users), expected);
    assert_eq!(users.foreign_keys[0].name, "users_postId_fkey");
    assert_eq!(users.columns.iter().map(|column| column.name.as_str()).nth(3), Some("e_mail"));
    assert_eq!(index_names(table(&declared, "Post")), ["pk"]);
}

#[test]
fn types_defaults_and_nullability_are_the_databases() {
    let declared = of(r#"
        enum Role { 
          USER
          ADMIN @map("admin") 
          @@map("role") 
        }
        model T {
          a DateTime @updatedAt
          b String?  @default(uuid()) @db.Uuid
          c Role     @default(ADMIN)
          d Decimal  @default(1.5) @db.Decimal(10, 2)
          e String[]
          f Unsupported("vector(1536)")?
          g BigInt   @default(autoincrement())
          h String   @default(dbgenerated())
          i String   @default("x") @ignore
        }"#);
    let columns: Vec<_> = table(&declared, "T")
        .columns
        .iter()
        .map(|it| (it.ty.as_ref().map_or("?".into(), ColumnType::display), it.not_null, it.default.clone()))
        .collect();
    let expected = [
        ("timestamp(3)", Some(true), DeclaredDefault::None),
        ("uuid", Some(false), DeclaredDefault::None),
        ("role", Some(true), DeclaredDefault::Text("admin".into())),
        ("numeric(10,2)", Some(true), DeclaredDefault::Number(1.5)),
        ("text[]", None, DeclaredDefault::None),
        ("?", Some(false), DeclaredDefault::Unknown),
        ("bigint", Some(true), DeclaredDefault::Sequence),
        ("text", Some(true), DeclaredDefault::Unknown),
        ("text", Some(true), DeclaredDefault::Text("x".into())),
    ];
    assert_eq!(columns, expected.map(|(ty, not_null, default)| (ty.into(), not_null, default)));
    assert_eq!(declared.opaque, ["vector(1536)"]);
    assert_eq!(declared.enums[0].name, "role");
    assert_eq!(declared.enums[0].values[1].0, "admin");
}

#[test]
fn two_lists_are_a_table_between_them() {
    let declared = of(r#"
        model Post { 
          id Int @id
          tags Tag[]
          comments Comment[] 
          likes User[] @relation("Likes") 
        }
        model Tag { 
          id Int @id
          posts Post[] 
        }
        model Comment { 
          postId Int
          post Post @relation(fields: [postId], references: [id]) 
        }
        model User { 
          liked Post[] @relation("Likes")
          friends User[] @relation("Friends")
          friendOf User[] @relation("Friends")
        }"#);
    let implicit: Vec<_> = declared.tables.iter().filter(|it| it.implicit).map(|it| it.name.as_str()).collect();
    assert_eq!(implicit, ["_PostToTag", "_Likes", "_Friends"]);
}

#[test]
fn schemas_and_the_mode_of_relations_are_read() {
    let declared = of(r#"
        datasource db {
          provider = "postgresql"
          schemas = ["auth", "shop"]
          relationMode = "prisma"
        }
        generator client {
          previewFeatures = ["partialIndexes"]
        }
        model A { 
          id Int @id
          b B? @relation(fields: [id], references: [id])
          @@schema("shop") 
        }
        model B { 
          id Int @id 
          @@index([id], where: raw("id > 0"))
          @@schema("auth") 
        }"#);
    assert_eq!(declared.schemas, ["auth", "shop"]);
    assert_eq!((table(&declared, "A").schema.as_str(), table(&declared, "B").schema.as_str()), ("shop", "auth"));
    assert!(declared.without_foreign_keys && declared.partial_indexes && table(&declared, "A").foreign_keys.is_empty());
    assert!(table(&declared, "B").indexes[1].partial);
    let of_url =
        of("datasource db {\n url = \"postgresql://h/db?sslmode=require&schema=app\"\n}\nmodel A { id Int @id }");
    assert_eq!(of_url.tables[0].schema, "app");
}
