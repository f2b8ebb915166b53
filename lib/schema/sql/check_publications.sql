-- Tables of ours that a publication sends updates and deletes of, and whose rows it cannot tell apart: both fail there.
SELECT true, format('%s is in the publication %s and has no replica identity, so that its updates and deletes fail', c.oid::regclass, string_agg(quote_ident(p.pubname), ', ')),
       format('Have its owner run: ALTER TABLE %s REPLICA IDENTITY FULL', c.oid::regclass)
  FROM pg_publication_tables AS t
  JOIN pg_publication AS p ON p.pubname = t.pubname AND (p.pubupdate OR p.pubdelete)
  JOIN pg_class AS c ON c.oid = format('%I.%I', t.schemaname, t.tablename)::regclass
 WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'rag_schema'::regclass) AND c.relname LIKE 'rag\_%'
   AND CASE c.relreplident WHEN 'f' THEN false WHEN 'n' THEN true
         ELSE NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND CASE c.relreplident WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END) END
 GROUP BY c.oid
