-- The words of messages, and of what is known of visitors. `searchable` is a function of the program's: letters without capitals and
-- accents, words with spaces between them, also in scripts that write none. The texts themselves are not kept a second time.

CREATE VIRTUAL TABLE message_search USING fts5 (
    body, content = '', contentless_delete = 1, prefix = '2 3', tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
);

CREATE TRIGGER messages_are_searchable AFTER INSERT ON messages WHEN new.body <> '' BEGIN
    INSERT INTO message_search (rowid, body) VALUES (new.id, searchable(new.body));
END;

CREATE TRIGGER edited_messages_are_searchable AFTER UPDATE OF body ON messages WHEN new.body <> old.body BEGIN
    DELETE FROM message_search WHERE rowid = old.id;
    INSERT INTO message_search (rowid, body) SELECT new.id, searchable(new.body) WHERE new.body <> '';
END;

CREATE TRIGGER deleted_messages_are_not_searchable AFTER DELETE ON messages BEGIN
    DELETE FROM message_search WHERE rowid = old.id;
END;

CREATE VIRTUAL TABLE visitor_search USING fts5 (
    contact, content = '', contentless_delete = 1, prefix = '2 3', tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
);

CREATE TRIGGER visitors_are_searchable AFTER INSERT ON visitors BEGIN
    INSERT INTO visitor_search (rowid, contact)
    VALUES (new.id, searchable(concat_ws(' ', new.name, new.email, new.phone, searchable_number(new.phone), new.external_id)));
END;

CREATE TRIGGER changed_visitors_are_searchable AFTER UPDATE OF name, email, phone, external_id ON visitors BEGIN
    DELETE FROM visitor_search WHERE rowid = old.id;
    INSERT INTO visitor_search (rowid, contact)
    VALUES (new.id, searchable(concat_ws(' ', new.name, new.email, new.phone, searchable_number(new.phone), new.external_id)));
END;

CREATE TRIGGER deleted_visitors_are_not_searchable AFTER DELETE ON visitors BEGIN
    DELETE FROM visitor_search WHERE rowid = old.id;
END;

INSERT INTO message_search (rowid, body) SELECT id, searchable(body) FROM messages WHERE body <> '' ORDER BY id;
INSERT INTO visitor_search (rowid, contact)
SELECT id, searchable(concat_ws(' ', name, email, phone, searchable_number(phone), external_id)) FROM visitors ORDER BY id;
