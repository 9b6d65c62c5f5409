#!/bin/sh
set -e
# Templates get the environment's values, as in the official image.
for template in /etc/nginx/templates/*.template; do
  if [ -f "$template" ]; then
    envsubst <"$template" >"/etc/nginx/conf.d/$(basename "$template" .template)"
  fi
done
exec "$@"
