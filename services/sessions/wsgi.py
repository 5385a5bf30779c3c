"""What gunicorn loads: the application made from the environment."""

from services.sessions.app import create_app
from shared import process

app = create_app(process.begin())
