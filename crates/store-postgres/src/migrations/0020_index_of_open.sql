-- Lists of open conversations have walked `conversations_list_open` since that is there; nothing asks by this one any more, and each message
-- had it written.

DROP INDEX conversations_inbox_open;
