# Custom dlt sources for this project
