{#
    Override dbt's default schema naming to use clean schema names

    Default behavior: custom_schema_name="staging" → "main_staging"
    Our behavior: custom_schema_name="staging" → "staging"

    This gives us clean schemas: raw, staging, marts (not main_staging, main_marts)
#}

{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- else -%}
        {{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
