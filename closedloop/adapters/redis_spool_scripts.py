"""What the spool does at once, as Lua. Redis runs a script alone and writes all of it to its file or nothing.

Keys: order, tasks, questions, keys. An entry is `uuid JSON`; what a key is bound to is `uuid sha256`.
"""

from __future__ import annotations

#: Arguments: id, fingerprint, Idempotency-Key, sha256 of the body. Answers with a finding and an id.
_LOOK = """
local order, tasks, questions, keys = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, fingerprint, key, body = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if key ~= '' then
  local bound = redis.call('HGET', keys, key)
  if bound then
    if string.sub(bound, 38) ~= body then return {'reused', ''} end
    return {'known', string.sub(bound, 1, 36)}
  end
end
local known = redis.call('HGET', questions, fingerprint)
if known and key == '' then return {'known', known} end
"""

#: A new key for a known question finds that question's id; only keeping binds it.
FIND = (
    _LOOK
    + """
if known then return {'known', known} end
if redis.call('LLEN', order) == 0 then return {'empty', ''} end
return {'absent', ''}
"""
)

#: Further arguments: the entry without its id, the most entries that may wait.
#: A new key for a known question is an entry of its own, about the same task, so that it is bound too.
#: Without memory the first write is refused, hence all of them.
KEEP = (
    _LOOK
    + """
if redis.call('LLEN', order) >= tonumber(ARGV[6]) then return {'full', ''} end
local task = known or id
local entry = task .. ' ' .. ARGV[5]
redis.call('RPUSH', order, entry)
redis.call('HSETNX', tasks, task, entry)
if not known then redis.call('HSET', questions, fingerprint, id) end
if key ~= '' then redis.call('HSET', keys, key, task .. ' ' .. body) end
return {known and 'known' or 'new', task}
"""
)

#: Arguments as for looking, then the entry. What leads to another entry by now is left alone.
REMOVE = """
local order, tasks, questions, keys = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, fingerprint, key, body, entry = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
redis.call('LREM', order, 1, entry)
if redis.call('HGET', tasks, id) == entry then redis.call('HDEL', tasks, id) end
if redis.call('HGET', questions, fingerprint) == id then redis.call('HDEL', questions, fingerprint) end
if redis.call('HGET', keys, key) == id .. ' ' .. body then redis.call('HDEL', keys, key) end
"""

#: A fifth key: aside. Arguments as for removing. Its id still leads to the entry, but whoever asks the same
#: again is not told that it waits: nobody will replay it.
SET_ASIDE = """
local order, tasks, questions, keys, aside = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, fingerprint, key, body, entry = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if redis.call('LREM', order, 1, entry) > 0 then redis.call('RPUSH', aside, entry) end
if redis.call('HGET', questions, fingerprint) == id then redis.call('HDEL', questions, fingerprint) end
if redis.call('HGET', keys, key) == id .. ' ' .. body then redis.call('HDEL', keys, key) end
"""
